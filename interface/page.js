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
    for (const canvas of document.querySelectorAll("#pad canvas")) canvas.ariaLabel = words.pad;
    for (const steps of document.querySelectorAll("#steps")) steps.ariaLabel = words.how;
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
  new MutationObserver(finish).observe(document.body, { childList: true, subtree: true });
  new MutationObserver(finish).observe(document.documentElement, { attributeFilter: ["lang"] });
  finish();
};
