/* Typing a sheet by keyboard: Enter goes on, a full field goes on by itself, a row saves itself. Works without it. */
(() => {
  "use strict";
  const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));
  const one = (selector, within = document) => within.querySelector(selector);
  const PAUSES = [3000, 6000, 12000, 30000];
  const codes = {};
  all("[data-code]").forEach((code) => { codes[code.dataset.code] = code.dataset.says; });

  const visible = (input) => input.offsetParent !== null && !input.disabled && !input.closest("details:not([open])");
  const inputs = (form) => all("[data-field] input", form).filter(visible);
  const open = () => all("form[data-row]");
  const field = (form, name) => one(`[data-field="${name}"]`, form);
  const value = (form, name) => { const box = field(form, name); return box ? one("input", box).value.trim() : ""; };

  /* Whether a key was typed in another field that brings this one along. */
  const burnt = (form, input) => Array.from(value(form, input.dataset.only)).some((key) => input.dataset.onlyKeys.includes(key));
  /* What does not belong to this row is not in the way. */
  const fit = (form) => {
    const met = value(form, "met");
    const not = met === "4";
    all("[data-field]", form).forEach((box) => {
      const name = box.dataset.field;
      const wrong = Boolean(one(".invalid-feedback", box));
      if (name === "outcome") box.hidden = !not && !wrong;
      else if (name === "month") box.hidden = met !== "3" && !wrong;
      else if (!not && one("[data-only]", box)) box.hidden = !burnt(form, one("[data-only]", box)) && !wrong;
      else if (!["on", "mode", "met", "remark", "companions"].includes(name)) box.hidden = not && !wrong;
    });
  };
  const echo = (input) => {
    const box = input.closest("[data-field]");
    const words = box && one("[data-words]", box);
    if (!words || !["areas", "lasting"].includes(box.dataset.field)) return;
    if (!box.dataset.hint) box.dataset.hint = words.textContent;
    const said = input.value.trim().split(/[\s,，]+/).filter(Boolean).map((code) => {
      if (code === "0" && box.dataset.field === "areas") return "和上次一样";
      return codes[code] || (box.dataset.field === "areas" && /^[1-9]9$/.test(code) ? "三项没问到" : `“${code}”？`);
    });
    words.textContent = said.length ? said.join("；") : box.dataset.hint;
  };
  const focusOn = (input) => {
    if (!input) return;
    input.focus();
    input.select();
  };
  /* What is asked for seldom: F2 there and F2 back, or the summary by keyboard. */
  let cameFrom = null;
  const unfold = (more) => { more.open = true; focusOn(all("input", more).find(visible)); };
  const turn = (more, input) => {
    const back = more.contains(input) && cameFrom && cameFrom.isConnected ? cameFrom : null;
    if (!more.contains(input)) cameFrom = input;
    if (back) focusOn(back); else unfold(more);
  };
  /* “0” in companions is whoever went along in the row above. */
  let companions = "";
  const sameCompanions = (input) => { if (/^[0０]$/.test(input.value) && companions) input.value = companions; };
  const firstOf = (form) => form && focusOn(inputs(form)[0]);
  const nextRow = (form) => {
    const rows = open();
    return rows[rows.indexOf(form) + 1] || rows.find((row) => row !== form && !row.dataset.waiting);
  };
  const say = (form, words, bad) => {
    one("[data-state]", form).textContent = words;
    form.classList.toggle("xf-keys--bad", Boolean(bad));
  };
  const count = () => { const left = one("[data-left]"); if (left) left.textContent = String(open().length); };

  const replace = (form, html) => {
    const holder = document.createElement("template");
    holder.innerHTML = html.trim();
    const fresh = holder.content.firstElementChild;
    form.replaceWith(fresh);
    if (fresh.matches("form")) prepare(fresh);
    count();
    return fresh;
  };
  async function save(form, again = 0) {
    if (form.dataset.busy) return;
    form.dataset.busy = "1";
    companions = value(form, "companions").replace(/^[0０]$/, "") || companions;
    say(form, "正在存");
    const next = nextRow(form);
    let answer = null;
    try {
      answer = await fetch(form.action, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        headers: { "X-Row": "1" },
        credentials: "same-origin",
        redirect: "manual",
      });
    } catch { answer = null; }
    delete form.dataset.busy;
    if (answer && (answer.ok || answer.status === 422)) {
      const fresh = replace(form, await answer.text());
      if (answer.ok) {
        if (!again) firstOf(next && next.isConnected ? next : open()[0]);
      } else {
        const wrong = one("[data-field] .invalid-feedback", fresh);
        focusOn(wrong ? one("input", wrong.closest("[data-field]")) : inputs(fresh)[0]);
      }
      return;
    }
    const login = answer && (answer.type === "opaqueredirect" || answer.status === 403);
    form.dataset.waiting = "1";
    say(form, login ? "没存上：登录过期了。请另开一页登录，这一行会自己再存" : "没存上，网络不通。写的都在，会自己再存", true);
    if (!again) firstOf(next);
    window.setTimeout(() => { if (form.isConnected) save(form, again + 1); }, PAUSES[Math.min(again, PAUSES.length - 1)]);
  }
  const goOn = (form, input) => {
    const fields = inputs(form);
    const next = fields[fields.indexOf(input) + 1];
    if (next) focusOn(next);
    else save(form);
  };

  function prepare(form) {
    fit(form);
    all('[data-field="areas"] input, [data-field="lasting"] input', form).forEach(echo);
  }
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest && event.target.closest("form[data-row]");
    if (!form || event.isComposing || event.target.tagName !== "INPUT") return;
    if (event.key === "F2") {
      event.preventDefault();
      turn(one("[data-more]", form), event.target);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (event.ctrlKey) save(form);
      else goOn(form, event.target);
    } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      const fields = inputs(form);
      const to = fields[fields.indexOf(event.target) + (event.key === "ArrowUp" ? -1 : 1)];
      if (to) { event.preventDefault(); focusOn(to); }
    }
  });
  document.addEventListener("input", (event) => {
    const input = event.target;
    const form = input.closest("form[data-row]");
    if (!form) return;
    form.dataset.touched = "1";
    if (input.name === "companions") sameCompanions(input);
    fit(form);
    echo(input);
    if (input.hasAttribute("data-auto") && input.value.length >= input.maxLength) goOn(form, input);
  });
  document.addEventListener("toggle", (event) => {
    const more = event.target;
    if (more.open && more.matches("form[data-row] [data-more]") && document.activeElement === one("summary", more)) unfold(more);
  }, true);
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-row]")) return;
    event.preventDefault();
    save(event.target);
  }, true);
  window.addEventListener("beforeunload", (event) => {
    if (open().some((form) => form.dataset.touched || form.dataset.waiting)) event.preventDefault();
  });
  open().forEach(prepare);
  const target = location.hash ? document.getElementById(location.hash.slice(1)) : null;
  const wrong = one("form[data-row] .invalid-feedback");
  const head = document.querySelector("[data-sheet] input[name='on']");
  if (!wrong && head && !head.value) head.focus();
  else firstOf(wrong ? wrong.closest("form") : (target && target.matches("form[data-row]") ? target : open()[0]));
})();
