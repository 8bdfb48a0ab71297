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
      const by = fold.dataset.openBy.split(" ").map((id) => document.getElementById(id)).filter(Boolean);
      if (by.some((one) => one.checked && (one === input || !input))) {
        fold.open = true;
        fold.dataset.opened = "1";
      } else if (fold.dataset.opened && !by.some((one) => one.checked)) {
        /* What a choice opened closes with it; what somebody opened by hand stays. */
        fold.open = false;
        delete fold.dataset.opened;
      }
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
  const hold = (form) => {
    form.setAttribute("aria-busy", "true");
    all('button:not([type="button"]):not([disabled])', form).forEach((button) => {
      button.setAttribute("data-held", "");
      button.disabled = true;
    });
  };

  /* ── a dead network. A form with a key is the same press however often it comes: the page sends it itself, and
     again until it arrives. What is not simply taken goes the ordinary way, so that the answer is an ordinary page.
     A form without one is held until the server can be reached. ── */
  const PATIENCE = 20000;
  const PAUSE = 4000;
  const AWAY = [502, 503, 504];
  const tellOf = (form, words) => {
    let line = form.querySelector("[data-network]");
    if (!line) {
      line = document.createElement("p");
      line.className = "xf-banner s-soon";
      line.setAttribute("data-network", "");
      line.setAttribute("role", "status");
      const act = form.querySelector(".xf-act");
      if (act) act.prepend(line); else form.append(line);
    }
    line.hidden = !words;
    line.textContent = words;
  };
  const asked = async (url, patience, options) => {
    const given = new AbortController();
    const timer = window.setTimeout(() => given.abort(), patience);
    try {
      return await fetch(url, { credentials: "same-origin", signal: given.signal, ...options });
    } finally {
      window.clearTimeout(timer);
    }
  };
  const arrive = (form, submitter) => {
    const body = new FormData(form);
    if (submitter && submitter.name) body.append(submitter.name, submitter.value);
    /* Not form.action: a button of that name hides it. */
    const own = submitter && submitter.getAttribute("formaction");
    return asked(own || form.getAttribute("action") || window.location.href, PATIENCE, {
      method: "POST",
      body: form.enctype === "multipart/form-data" ? body : new URLSearchParams(body),
      headers: { "X-Sent-By": "page" },
    });
  };
  const goOrdinary = (form, submitter) => {
    free(form);
    form.dataset.through = "1";
    form.requestSubmit(submitter);
  };
  /* With a key: sent until it arrives. Without: sent once, and not before the server can be reached. */
  const send = async (form, submitter) => {
    const keyed = hasKey(form);
    for (;;) {
      let words = "网络断了";
      try {
        const answer = keyed ? await arrive(form, submitter) : await asked("/healthz", PAUSE, { cache: "no-store" });
        if (AWAY.includes(answer.status)) {
          words = "系统暂时连不上";
          throw new Error(words);
        }
        tellOf(form, "");
        const go = keyed && answer.headers.get("X-Go");
        if (go) window.location.assign(go);
        else goOrdinary(form, submitter);
        return;
      } catch {
        tellOf(form, `${words}，您写的都还在这一页，正在重试。请不要关这一页。`);
        await new Promise((resolve) => { window.setTimeout(resolve, PAUSE); });
      }
    }
  };
  const hasKey = (form) => Boolean(form.querySelector('input[type="hidden"][name="key"]'));
  const hasWords = (form) => all('textarea, input[type="text"], input[type="file"], input:not([type])', form).some((box) => box.value.trim());

  /* ── a file that is too big is said before it is sent ── */
  const tooBig = (input) => {
    const most = Number(input.dataset.most || 0);
    const count = Number(input.dataset.count || 20);
    const files = Array.from(input.files || []);
    if (files.length > count) return `一次最多选${count}个，请分几次传`;
    if (most && files.some((file) => file.size > most)) return `这个文件超过${Math.round(most / 1048576)}兆，请换小一些的，或分成几份`;
    return "";
  };
  const checkFile = (input) => {
    const words = tooBig(input);
    let line = input.parentElement.querySelector("[data-too-big]");
    if (!line) {
      line = document.createElement("p");
      line.className = "invalid-feedback d-block";
      line.setAttribute("data-too-big", "");
      line.setAttribute("role", "alert");
      input.after(line);
    }
    line.hidden = !words;
    line.textContent = words;
    return !words;
  };

  const onSubmit = (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    const wrong = all('input[type="file"]', form).filter((input) => !checkFile(input));
    if (wrong.length) {
      event.preventDefault();
      wrong[0].focus();
      return;
    }
    if (form.hasAttribute("data-again")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    window.setTimeout(() => hold(form), 0);
    if (form.dataset.through || !(hasKey(form) || hasWords(form))) {
      delete form.dataset.through;
      window.setTimeout(() => free(form), 20000); /* a dead network must not leave a dead button */
      return;
    }
    event.preventDefault();
    send(form, event.submitter || null);
  };

  /* ── the server is away: ask until it answers, then go on by itself ── */
  const waitForServer = (place) => {
    const ask = async () => {
      try {
        const answer = await fetch("/healthz", { cache: "no-store" });
        if (answer.ok) {
          if (place.tagName === "FORM") HTMLFormElement.prototype.submit.call(place); else window.location.reload();
          return;
        }
      } catch { /* not yet */ }
      window.setTimeout(ask, 5000);
    };
    window.setTimeout(ask, 5000);
  };

  /* ── a place that keeps itself up to date: asked once a minute while somebody looks, at once when they come back.
     204: what stands there still holds. Asking is not being there, so the session may end: then it is said. ── */
  const EVERY = 60000;
  const title = document.title;
  const keyOf = (element) => element.getAttribute("href") || (element.form && element.form.getAttribute("action"));
  const countWaiting = (place) => {
    const waiting = Number(place.dataset.waiting || 0);
    document.title = waiting ? `（${waiting}件紧急）${title}` : title;
  };
  const putAnew = (place, html) => {
    const made = document.createElement("template");
    made.innerHTML = html;
    const fresh = made.content.querySelector("[data-renew]");
    if (!fresh || place.querySelector("[aria-busy]")) return;
    const held = place.contains(document.activeElement) ? keyOf(document.activeElement) : "";
    place.hidden = fresh.hidden;
    place.dataset.mark = fresh.dataset.mark;
    place.dataset.waiting = fresh.dataset.waiting;
    place.replaceChildren(...fresh.childNodes);
    const again = held && all("a, button", place).find((element) => keyOf(element) === held);
    if (again) again.focus();
    countWaiting(place);
  };
  const keepAnew = (place) => {
    const line = document.createElement("p");
    line.className = "xf-banner s-soon";
    line.setAttribute("role", "status");
    line.hidden = true;
    place.before(line);
    let timer = 0;
    let asking = false;
    const ask = async () => {
      window.clearTimeout(timer);
      if (document.hidden || asking) return;
      asking = true;
      let words = "";
      try {
        const url = `${place.dataset.renew}?seen=${encodeURIComponent(place.dataset.mark)}`;
        const answer = await asked(url, PATIENCE, { cache: "no-store", redirect: "manual", headers: { "X-Autosave": "1" } });
        if (answer.status === 200) putAnew(place, await answer.text());
        else if (answer.type === "opaqueredirect" || answer.status === 403) words = "登录已经到时间了，新的紧急情况不会自己出现。请刷新这一页，重新登录。";
        else if (answer.status !== 204) words = "系统暂时连不上，新的紧急情况不会自己出现。连上以后这一行就没有了。";
      } catch { words = "网络断了，新的紧急情况不会自己出现。连上以后这一行就没有了。"; }
      asking = false;
      line.hidden = !words;
      if (line.textContent !== words) line.textContent = words;
      timer = window.setTimeout(ask, EVERY);
    };
    countWaiting(place);
    document.addEventListener("visibilitychange", ask);
    timer = window.setTimeout(ask, EVERY);
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
    if (input.type === "file") checkFile(input);
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

  all("[data-retry]").forEach(waitForServer);
  all("[data-renew]").forEach(keepAnew);
  wake(document);
  openHash();
})();
