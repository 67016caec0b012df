() => {
    // Texts inside HTML, in the page's language.
    const texts = TEXTS;
    const translate = () => {
        const words = texts[document.documentElement.lang] ?? texts.en;
        for (const element of document.querySelectorAll("[data-text]")) {
            const word = words[element.dataset.text];
            if (element.textContent !== word) element.textContent = word;
        }
    };
    new MutationObserver(translate).observe(document.body, {childList: true, subtree: true});
    new MutationObserver(translate).observe(document.documentElement, {attributeFilter: ["lang"]});
    translate();

    const pad = document.getElementById("pad");

    const canvas = document.createElement("canvas");
    if (!canvas.getContext("webgl2") && !canvas.getContext("webgl")) {
        document.body.classList.add("no-webgl");
        document.querySelector("#ways [role=tab]:nth-of-type(2)")?.click();
    }

    // An empty pad waits for a tool to be chosen and draws nothing until then. Its prompt shows
    // when: at the start, after Clear. The brush is the first tool in any language.
    const prepare = () => {
        if (pad.querySelector(".empty")) pad.querySelector(".half-container button")?.click();
        for (const canvas of pad.querySelectorAll("canvas:not([role])")) {
            canvas.setAttribute("role", "img");
            canvas.setAttribute("aria-label", "Siffra");
        }
        for (const button of pad.querySelectorAll("button, input")) button.tabIndex = -1;
    };
    new MutationObserver(prepare).observe(pad, {childList: true, subtree: true});
    prepare();

    // The snippets call the server that shows them.
    const here = location.origin + location.pathname.replace(/\/$/, "");
    const walk = document.createTreeWalker(document.getElementById("snippets"), NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
        node.nodeValue = node.nodeValue.replaceAll("http://127.0.0.1:7860", here);
    }
}
