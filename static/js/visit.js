/* The visit form: saves what is typed, folds what is not needed, counts what is missing. The form works without it. */
(() => {
  "use strict";
  const form = document.getElementById("visit-form");
  if (!form) return;
  const all = (selector, within = form) => Array.from(within.querySelectorAll(selector));
  const one = (selector, within = form) => within.querySelector(selector);
  const checked = (name) => one(`input[name="${CSS.escape(name)}"]:checked`);
  const show = (element, yes) => { if (element) element.hidden = !yes; };

  /* ── keeping what is typed ── */
  const bar = document.getElementById("xf-draft");
  const WAIT = 2000;
  const PAUSES = [5000, 10000, 20000, 30000];
  let timer = 0;
  let dirty = false;
  let leaving = false;
  let saving = false;
  let failures = 0;

  const tell = (words, state) => {
    if (!bar) return;
    bar.classList.remove("s-done", "s-soon", "s-back");
    bar.classList.add(state);
    one("[data-word]", bar).textContent = words;
  };
  const send = () => fetch(form.dataset.draft, {
    method: "POST",
    body: new URLSearchParams(new FormData(form)),
    headers: { "X-Autosave": "1" },
    credentials: "same-origin",
    redirect: "manual",
    keepalive: true,
  });
  const later = (wait) => {
    window.clearTimeout(timer);
    timer = window.setTimeout(save, wait);
  };
  const failed = (words) => {
    tell(words, "s-soon");
    dirty = true;
    later(PAUSES[Math.min(failures, PAUSES.length - 1)]);
    failures += 1;
  };
  async function save() {
    if (leaving || !dirty) return;
    if (saving) { later(500); return; }
    saving = true;
    dirty = false;
    try {
      const answer = await send();
      if (answer.ok) {
        const said = await answer.json();
        failures = 0;
        if (said.saved) tell(`已自动保存 ${said.saved}`, "s-done");
      } else if (answer.type === "opaqueredirect" || answer.status === 403) {
        failed("登录过期了，写的替您留着。点保存，登录后接着交");
      } else if (answer.status === 422) {
        tell((await answer.json()).error, "s-back");
      } else {
        failed("没存上，正在重试");
      }
    } catch {
      failed("没存上，正在重试");
    } finally {
      saving = false;
    }
  }
  const touched = () => {
    dirty = true;
    later(WAIT);
  };
  const last = () => {
    if (!dirty || leaving) return;
    dirty = false;
    send().catch(() => { dirty = true; });
  };

  /* ── what is shown ── */
  const level = (name) => {
    const input = checked(name);
    return input ? Number(input.dataset.level || 0) : 0;
  };
  const foldNotes = () => all("[data-note]").forEach((fold) => {
    const box = one("textarea", fold);
    const wanted = level(fold.dataset.note) >= 1;
    if (wanted && fold.hidden) fold.open = true;
    show(fold, wanted || box.value.trim() !== "");
  });
  /* “没看到” and an answer exclude each other: the later one counts. */
  const onlyOne = (input) => {
    if (input.type === "radio" && input.closest(".xf-item")) {
      const reason = one(`select[name="unseen_${CSS.escape(input.name)}"]`);
      if (reason) reason.value = "";
      const bulk = one("[data-blind] input", input.closest("[data-area]"));
      if (bulk) bulk.checked = false;
    } else if (input.name.startsWith("unseen_") && input.value) {
      const answer = checked(input.name.slice(7));
      if (answer) answer.checked = false;
    } else if (input.closest("[data-blind]") && input.checked) {
      all(".xf-item input:checked", input.closest("[data-area]")).forEach((answer) => { answer.checked = false; });
    }
  };
  /* What belongs to a choice is there when it is chosen, or when something inside is wrong or filled. */
  const foldChoices = () => all("details[data-open-by]").forEach((fold) => {
    const chosen = fold.dataset.openBy.split(" ").some((id) => {
      const by = document.getElementById(id);
      return Boolean(by && by.checked);
    });
    const wrong = Boolean(one(".invalid-feedback", fold));
    if (!chosen && !wrong) fold.open = false;
    if (chosen) fold.open = true;
    show(fold, chosen || wrong);
    if (fold.classList.contains("xf-area__more")) one("summary", fold).hidden = true;
  });
  const nameItems = () => all("[data-same]").forEach((words) => {
    const item = one(".xf-item", words.closest("details"));
    words.textContent = isAnswered(item) ? words.dataset.was : words.dataset.same;
  });
  const blind = () => {
    const mode = checked("mode");
    const more = checked("mode_more");
    const sees = !mode || mode.value === "home" || (mode.value === "more" && (!more || more.value !== "wechat"));
    all("[data-blind]").forEach((line) => {
      const box = one("input", line);
      show(line, !sees || box.checked);
    });
  };
  /* An answer counts only while its area is not “与上次一致”. */
  const counts = (input) => {
    const area = input.closest("[data-area]");
    const choice = area && one(".xf-area__sw input:checked", area);
    return !choice || choice.value === "changed" || !input.closest(".xf-area__more");
  };
  const judge = () => {
    const answers = all(".xf-item input:checked").filter(counts);
    const care = all('input[name^="area_self_care"]:checked').some((input) => input.value === "changed");
    const report = answers.some((input) => input.hasAttribute("data-report"))
      || (care && all('input[name^="care_lost"]:checked').length > 0);
    const urgent = answers.some((input) => input.dataset.level === "3");
    const something = answers.some((input) => Number(input.dataset.level) >= 1);
    show(one("[data-report-ask]"), report && !urgent);
    show(one("[data-no-report]"), something && !report && !urgent);
    show(one("[data-urgent]"), urgent);
  };

  /* ── what is missing ── */
  const isAnswered = (item) => {
    const name = one("input", item).name;
    const reason = one(`select[name="unseen_${CSS.escape(name)}"]`);
    return Boolean(checked(name) || (reason && reason.value));
  };
  const isComplete = (area) => {
    const bulk = one("[data-blind] input", area);
    if (bulk && bulk.checked) return true;
    const choice = one(".xf-area__sw input:checked", area);
    if (one(".xf-area__sw", area) && !choice) return false;
    const always = all(".xf-item", area).filter((item) => !item.closest(".xf-area__more"));
    if (!always.every(isAnswered)) return false;
    if (!choice || choice.value !== "changed") return true;
    const inside = all(".xf-area__more .xf-item", area);
    if (!inside.length) return all(".xf-area__more input:checked", area).length > 0 || area.id.startsWith("id_area_self_care");
    const copied = one(".xf-area__last li", area) || area.id === "id_area_family";
    return copied ? inside.some(isAnswered) : inside.every(isAnswered);
  };
  const mark = (area, whole, words) => {
    const tag = one("legend .xf-tag", area);
    tag.classList.toggle("s-done", whole);
    tag.classList.toggle("s-soon", !whole);
    const use = one("use", tag);
    use.setAttribute("href", use.getAttribute("href").replace(/#.*$/, whole ? "#i-ok" : "#i-soon"));
    one("[data-word]", tag).textContent = words;
  };
  const count = () => {
    /* On the page of a household: who was not met is not asked about. */
    const areas = all("[data-area]").filter((area) => !area.closest("[hidden]"));
    const missing = areas.filter((area) => !isComplete(area));
    const safety = document.getElementById("id_area_safety");
    if (safety) {
      const done = all(".xf-item", safety).filter(isAnswered).length;
      const whole = isComplete(safety);
      mark(safety, whole, whole ? (done ? `答完${done}项` : "三项没问到") : (done ? `还差${3 - done}项` : "还没选"));
    }
    /* “与上次一致” is not all where something was not seen last time: the head of the card says what is left. */
    areas.filter((area) => area !== safety).forEach((area) => {
      const choice = one(".xf-area__sw input:checked", area);
      if (!choice) return;
      const changed = all(".xf-area__more .xf-item", area).filter(isAnswered).length;
      const left = all(".xf-item", area).filter((item) => !item.closest(".xf-area__more") && !isAnswered(item)).length;
      const bulk = one("[data-blind] input", area);
      if (left && !(bulk && bulk.checked)) mark(area, false, `还差${left}项`);
      else if (choice.value === "changed" && changed) mark(area, true, `${changed}项有变`);
      else mark(area, true, one(`label[for="${CSS.escape(choice.id)}"]`, area).textContent.trim());
    });
    one("[data-progress]").textContent = missing.length ? `还差${missing.length}个` : "都答了";
    one("[data-missing]").textContent = missing.length === 1 ? `还差“${missing[0].dataset.area}”。` : (missing.length ? `还差${missing.length}个方面。` : "");
    const link = bar && one("[data-left]", bar);
    if (link) {
      show(link, missing.length > 0);
      link.textContent = `还差${missing.length}项`;
      link.hash = missing.length ? missing[0].id : "";
    }
  };
  const notMet = () => {
    const met = checked("met");
    show(one("[data-not-met]"), Boolean(met && met.value === "none"));
  };
  const refresh = () => { foldChoices(); foldNotes(); nameItems(); blind(); judge(); notMet(); count(); };

  form.addEventListener("change", (event) => {
    onlyOne(event.target);
    refresh();
    touched();
  });
  form.addEventListener("input", touched);
  form.addEventListener("submit", () => {
    leaving = true;
    window.clearTimeout(timer);
  });
  window.addEventListener("pagehide", last);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") last(); });
  window.addEventListener("pageshow", () => { leaving = false; refresh(); });
  window.addEventListener("online", () => { if (dirty) later(0); });
  show(one("[data-no-js]"), false);
  refresh();
})();
