() => {
    const texts = TEXTS;
    const EXAMPLE_SERVER = "http://127.0.0.1:7860";
    const here = location.origin + location.pathname.replace(/\/$/, "");
    const finish = () => {
        // Texts inside HTML, in the page's language.
        const words = texts[document.documentElement.lang] ?? texts.en;
        for (const element of document.querySelectorAll("[data-text]")) {
            const word = words[element.dataset.text];
            if (element.textContent !== word) element.textContent = word;
        }
        document.querySelectorAll("#examples button").forEach((button, index) => {
            button.ariaLabel = `${words.example} ${index + 1}`;
        });
        // The snippets call the server that shows them.
        for (const element of document.querySelectorAll("#snippets code, #snippets code *")) {
            for (const node of element.childNodes) {
                if (node.nodeType === Node.TEXT_NODE && node.nodeValue.includes(EXAMPLE_SERVER)) {
                    node.nodeValue = node.nodeValue.replaceAll(EXAMPLE_SERVER, here);
                }
            }
        }
    };
    new MutationObserver(finish).observe(document.body, {childList: true, subtree: true});
    new MutationObserver(finish).observe(document.documentElement, {attributeFilter: ["lang"]});
    finish();

    const pad = document.getElementById("pad");
    pad.addEventListener("pointerdown", () => { window.padIsCleared = false; }, true);

    const canvas = document.createElement("canvas");
    if (!canvas.getContext("webgl2") && !canvas.getContext("webgl")) {
        document.getElementById("no-webgl").style.display = "block";
        for (const id of ["pad", "tools"]) document.getElementById(id).style.display = "none";
        document.querySelector("#inputs [role=tab]:nth-of-type(2)")?.click();
    }

    // An empty pad waits for a tool to be chosen and draws nothing until then. Its prompt shows
    // when: at the start, after Clear. The brush is the first tool in any language.
    const prepare = () => {
        if (pad.querySelector(".empty")) pad.querySelector(".half-container button")?.click();
        for (const canvas of pad.querySelectorAll("canvas:not([role])")) {
            canvas.setAttribute("role", "img");
            canvas.setAttribute("aria-label", (texts[document.documentElement.lang] ?? texts.en).pad);
        }
        for (const button of pad.querySelectorAll("button, input")) button.tabIndex = -1;
    };
    new MutationObserver(prepare).observe(pad, {childList: true, subtree: true});
    prepare();
}
