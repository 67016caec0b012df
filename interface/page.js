() => {
  const EXAMPLE_SERVER = "http://127.0.0.1:7860";
  const here = location.origin + location.pathname.replace(/\/$/, "");
  const start = async () => {
    const { language, onLanguageChange, translate } = await import(`${here}/web/texts.js`);
    const finish = () => {
      // Gradio sets the browser's language, whatever the texts are in.
      const root = document.documentElement;
      if (root.lang !== language()) root.lang = language();
      translate();
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
    onLanguageChange(finish);
    finish();
  };
  start();
};
