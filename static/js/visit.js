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
  /* “长期就是这样” is offered where an answer can last. */
  const foldLasts = () => all("[data-lasts]").forEach((fold) => {
    const input = checked(fold.dataset.lasts);
    show(fold, Boolean((input && input.hasAttribute("data-lasting")) || one(".invalid-feedback", fold)));
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
  const place = () => {
    const mode = checked("mode");
    if (!mode || mode.value !== "more") return mode ? mode.value : "";
    const more = checked("mode_more");
    return more ? more.value : "";
  };
  const sees = () => !["phone", "video", "wechat"].includes(place());
  const blind = () => all("[data-blind]").forEach((line) => show(line, !sees() || one("input", line).checked));
  const isPicked = (area) => all(".xf-item input:checked", area).length > 0
    || all('select[name^="unseen_"]', area).some((reason) => reason.value);
  /* In hospital nothing of the home is looked at, in an institution the room is; what was answered already stays. */
  const away = () => {
    const here = place();
    all("[data-in]").forEach((words) => show(words, words.dataset.in === here));
    all("[data-season]").forEach((block) => show(block, here !== "hospital" && !(here === "institution" && block.dataset.season === "flood")));
    all("[data-area]").filter((area) => one("[data-in]", area)).forEach((area) => show(one("[data-body]", area), here !== "hospital" || isPicked(area)));
  };
  /* An answer counts only while its area is not “与上次一致”. */
  const counts = (input) => {
    const area = input.closest("[data-area]");
    const choice = area && one(".xf-area__sw input:checked", area);
    return !choice || choice.value === "changed" || !input.closest(".xf-area__more");
  };
  const judge = () => {
    const answers = all(".xf-item input:checked").filter(counts);
    const able = all('input[name^="area_self_care"]:checked').some((input) => input.value === "changed");
    const alone = all('input[name^="failed_"]:checked').length > 0;
    const report = (able && all('input[name^="care_lost"]:checked').length > 0) || alone
      || answers.some((input) => input.hasAttribute("data-report"));
    const urgent = answers.some((input) => input.dataset.level === "3");
    const something = answers.some((input) => Number(input.dataset.level) >= 1);
    show(one("[data-report-ask]"), report && !urgent);
    show(one("[data-no-report]"), something && !report && !urgent);
    show(one("[data-urgent]"), urgent);
    show(one("[data-reassess]"), able && Boolean(one("[data-last]")));
    const police = answers.filter((input) => input.hasAttribute("data-police"));
    const ask = one("[data-police-ask]");
    if (ask) show(ask, police.length > 0 || Boolean(one(".invalid-feedback", ask)));
    all("[data-police-here]").forEach((words) => show(words, police.some((input) => input.closest(".xf-item").contains(words))));
  };

  /* ── what is missing ── */
  const isAnswered = (item) => {
    const name = one("input", item).name;
    const reason = one(`select[name="unseen_${CSS.escape(name)}"]`);
    return Boolean(checked(name) || (reason && reason.value));
  };
  const isSettled = (item) => item.hasAttribute("data-known") || isAnswered(item);
  const isHidden = (area) => { const body = one("[data-body]", area); return Boolean(body && body.hidden); };
  const isComplete = (area) => {
    if (isHidden(area)) return true;
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
    return copied ? inside.some(isAnswered) : inside.every(isSettled);
  };
  const mark = (area, whole, words) => {
    const tag = one("legend .xf-tag", area);
    tag.classList.toggle("s-done", whole);
    tag.classList.toggle("s-soon", !whole);
    const use = one("use", tag);
    use.setAttribute("href", use.getAttribute("href").replace(/#.*$/, whole ? "#i-ok" : "#i-soon"));
    one("[data-word]", tag).textContent = words;
  };
  const firstWords = new Map(all("[data-area]").map((area) => [area, one("legend [data-word]", area).textContent]));
  /* What else must be said: whom one met, and in season what is asked where one sees for oneself. */
  const needs = () => {
    const found = !one('input[name="met"]') || checked("met") ? [] : [{ name: "见到谁", id: "id_met" }];
    if (!sees()) return found;
    return found.concat(all("[data-season]:not([hidden]) [data-need]:not([hidden])").filter((box) => !one(one("input[type=radio]", box) ? "input[type=radio]:checked" : "input:checked", box)).map((box) => (
      { name: box.dataset.need, id: box.id || one("fieldset", box).id })));
  };
  const count = () => {
    /* On the page of a household: who was not met is not asked about. */
    const areas = all("[data-area]").filter((area) => !area.closest("[hidden]"));
    const missing = areas.filter((area) => !isComplete(area));
    const safety = document.getElementById("id_area_safety");
    if (safety && !isHidden(safety)) {
      const done = all(".xf-item", safety).filter(isAnswered).length;
      const whole = isComplete(safety);
      mark(safety, whole, whole ? (done ? `答完${done}项` : "三项没问到") : (done ? `还差${3 - done}项` : "还没选"));
    }
    /* “与上次一致” is not all where something was not seen last time: the head of the card says what is left. */
    areas.filter((area) => area !== safety).forEach((area) => {
      if (isHidden(area)) return;
      const choice = one(".xf-area__sw input:checked", area);
      if (!choice) {
        const bulk = one("[data-blind] input", area);
        mark(area, Boolean(bulk && bulk.checked), bulk && bulk.checked ? "三项没问到" : firstWords.get(area));
        return;
      }
      const changed = all(".xf-area__more .xf-item", area).filter(isAnswered).length;
      const left = all(".xf-item", area).filter((item) => !item.closest(".xf-area__more") && !isAnswered(item)).length;
      const bulk = one("[data-blind] input", area);
      if (left && !(bulk && bulk.checked)) mark(area, false, `还差${left}项`);
      else if (choice.value === "changed" && changed) mark(area, true, `${changed}项有变`);
      else mark(area, true, one(`label[for="${CSS.escape(choice.id)}"]`, area).textContent.trim());
    });
    areas.filter(isHidden).forEach((area) => mark(area, true, "住院，不用看"));
    const left = missing.map((area) => ({ name: area.dataset.area, id: area.id })).concat(needs());
    one("[data-progress]").textContent = missing.length ? `还差${missing.length}个` : "都答了";
    one("[data-missing]").textContent = left.length === 1 ? `还差“${left[0].name}”。` : (left.length ? `还差${left.length}项。` : "");
    const link = bar && one("[data-left]", bar);
    if (link) {
      show(link, left.length > 0);
      link.textContent = `还差${left.length}项`;
      link.hash = left.length ? left[0].id : "";
    }
  };
  const notMet = () => {
    const met = checked("met");
    show(one("[data-not-met]"), Boolean(met && met.value === "none"));
  };
  /* A question that only some answers bring along; an answer that hides with it counts for nothing on the server. */
  const bring = () => all("[data-only]").forEach((box) => {
    const wanted = box.dataset.onlyValues.split(" ");
    const asked = all(`input[name="${box.dataset.only}"]:checked`).some((input) => wanted.includes(input.value));
    show(box, asked || Boolean(one(".invalid-feedback", box)));
  });
  const refresh = () => { foldChoices(); foldNotes(); foldLasts(); nameItems(); blind(); away(); bring(); judge(); notMet(); count(); };

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
