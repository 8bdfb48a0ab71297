/* Small helps on every page. Each page works without this file. */
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");

  const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));
  const one = (selector) => {
    try { return selector ? document.querySelector(selector) : null; } catch { return null; }
  };

  /* Say a word to a screen reader: the region stands empty in the page, only its text changes. */
  const say = (words) => {
    const live = document.getElementById("xf-live");
    if (!live) return;
    live.textContent = "";
    window.setTimeout(() => { live.textContent = words; }, 50);
  };

  /* ── copy ── */
  const copyOld = (text) => {
    const box = document.createElement("textarea");
    box.value = text;
    box.setAttribute("readonly", "");
    box.className = "visually-hidden";
    document.body.append(box);
    box.select();
    box.setSelectionRange(0, text.length);
    let done = false;
    try { done = document.execCommand("copy"); } catch { done = false; }
    box.remove();
    return done;
  };
  const copyText = async (text) => {
    if (navigator.clipboard && window.isSecureContext) {
      try { await navigator.clipboard.writeText(text); return true; } catch { /* refused: the old way below */ }
    }
    return copyOld(text);
  };
  const showWord = (button, word) => {
    const label = button.querySelector("[data-word]") || button;
    if (!button.dataset.wordWas) button.dataset.wordWas = label.textContent;
    label.textContent = word;
    window.clearTimeout(Number(button.dataset.timer || 0));
    button.dataset.timer = String(window.setTimeout(() => { label.textContent = button.dataset.wordWas; }, 2500));
  };
  const onCopy = async (button) => {
    const source = one(button.dataset.copy);
    if (!source) return;
    const text = (source.value !== undefined ? source.value : source.innerText).trim();
    if (await copyText(text)) {
      showWord(button, "已复制");
      say("已复制");
    } else {
      const range = document.createRange();
      range.selectNodeContents(source);
      const selection = window.getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
      showWord(button, "没复制上，请长按上面的字");
      say("没复制上，文字已选中，请自己复制");
    }
  };

  /* ── folds: a link into a closed fold opens it first (no engine on our floor does it itself) ── */
  const openAround = (element) => {
    for (let fold = element && element.closest("details"); fold; fold = fold.parentElement.closest("details")) {
      fold.open = true;
    }
  };
  const openHash = () => {
    if (location.hash.length > 1) openAround(document.getElementById(decodeURIComponent(location.hash.slice(1))));
  };

  /* ── choices that open something, or change the word in the card's head ── */
  const onChoice = (input) => {
    all("[data-open-by]").forEach((fold) => {
      fold.dataset.openBy.split(" ").forEach((id) => {
        const by = document.getElementById(id);
        if (by && by.checked && (by === input || !input)) fold.open = true;
      });
    });
    if (!input || input.type !== "radio") return;
    const area = input.closest("[data-area]");
    const tag = area && input.closest(".xf-area__sw") && area.querySelector("legend .xf-tag");
    const label = area && area.querySelector(`label[for="${CSS.escape(input.id)}"]`);
    if (tag && label) {
      tag.className = "xf-tag s-done";
      const use = tag.querySelector("use");
      if (use) use.setAttribute("href", use.getAttribute("href").replace(/#.*$/, "#i-ok"));
      tag.lastChild.textContent = label.textContent.trim();
    }
  };

  /* ── many rows at once ── */
  const rowsOf = (master) => all(`input[type="checkbox"][name="${CSS.escape(master.dataset.checkAll)}"]`);
  const countRows = () => {
    all("[data-check-all]").forEach((master) => {
      const rows = rowsOf(master);
      const ticked = rows.filter((row) => row.checked).length;
      master.checked = rows.length > 0 && ticked === rows.length;
      master.indeterminate = ticked > 0 && ticked < rows.length;
      all(`[data-count-of="${CSS.escape(master.dataset.checkAll)}"]`).forEach((place) => {
        place.textContent = String(ticked);
      });
    });
  };

  /* ── a button that waits for a tick ── */
  const syncTicks = () => {
    all("[data-confirm-tick]").forEach((button) => {
      const box = one(button.dataset.confirmTick);
      if (box) button.disabled = !box.checked;
    });
  };

  /* ── text boxes grow with what is typed ── */
  const grow = (box) => {
    if (!box.offsetParent) return;
    box.style.height = "auto";
    const edge = box.offsetHeight - box.clientHeight;
    if (box.scrollHeight > 0) box.style.height = `${box.scrollHeight + edge}px`;
  };

  /* ── one press, one submission. The button keeps its name and value: it goes grey after the form left. ── */
  const free = (form) => {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
    all("[data-held]", form).forEach((button) => {
      button.disabled = false;
      button.removeAttribute("data-held");
    });
  };
  const onSubmit = (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("data-again")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    window.setTimeout(() => {
      form.setAttribute("aria-busy", "true");
      all('button:not([type="button"]):not([disabled])', form).forEach((button) => {
        button.setAttribute("data-held", "");
        button.disabled = true;
      });
    }, 0);
    window.setTimeout(() => free(form), 20000); /* a dead network must not leave a dead button */
  };

  const wake = (within) => {
    all("textarea", within).forEach(grow);
    onChoice(null);
    countRows();
    syncTicks();
    const summary = within.querySelector("[data-focus]");
    if (summary) summary.focus();
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy], [data-print], a[href^='#']");
    if (!button) return;
    if (button.dataset.copy) onCopy(button);
    else if (button.hasAttribute("data-print")) window.print();
    else if (button.hash && button.hash.length > 1) {
      openAround(document.getElementById(decodeURIComponent(button.hash.slice(1))));
    }
  });
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (input.dataset.checkAll) rowsOf(input).forEach((row) => { row.checked = input.checked; });
    onChoice(input);
    countRows();
    syncTicks();
  });
  document.addEventListener("input", (event) => {
    if (event.target.tagName === "TEXTAREA") grow(event.target);
  });
  document.addEventListener("toggle", (event) => all("textarea", event.target).forEach(grow), true);
  document.addEventListener("submit", onSubmit);
  document.addEventListener("htmx:afterSwap", (event) => wake(event.target));
  window.addEventListener("hashchange", openHash);
  window.addEventListener("pageshow", () => all("form").forEach(free));

  wake(document);
  openHash();
})();
