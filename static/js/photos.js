/* Photographs of a visit: made smaller here, sent at once, shown, taken away. Without it they go with the form. */
(() => {
  "use strict";
  const area = document.querySelector("[data-photos]");
  if (!area) return;
  const form = area.closest("form");
  const input = area.querySelector('input[type="file"]');
  const list = area.querySelector("[data-photo-list]");
  const state = area.querySelector("[data-photo-state]");
  const most = Number(area.dataset.most);
  const LONGEST = 1600;
  const PAUSES = [2000, 5000, 10000, 20000];
  const token = () => form.querySelector('[name="csrfmiddlewaretoken"]').value;
  const say = (words) => { state.textContent = words; };
  const wait = (time) => new Promise((go) => { window.setTimeout(go, time); });

  area.querySelector("[data-no-js-photos]").hidden = true;

  /* What the browser cannot draw is sent as it is: the server says why it can't be kept. */
  const load = (file) => new Promise((done) => {
    const url = URL.createObjectURL(file);
    const image = new Image();
    image.onload = () => { done(image); };
    image.onerror = () => { done(null); };
    image.src = url;
  });
  const smaller = async (file) => {
    const image = await load(file);
    if (!image) return file;
    const scale = Math.min(1, LONGEST / Math.max(image.naturalWidth, image.naturalHeight));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
    canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(image.src);
    const blob = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", 0.85); });
    return blob || file;
  };
  const post = (blob, told) => new Promise((done) => {
    const data = new FormData();
    data.append("csrfmiddlewaretoken", token());
    data.append("key", form.querySelector('[name="key"]').value);
    data.append("file", blob, "photo.jpg");
    const call = new XMLHttpRequest();
    call.open("POST", area.dataset.photos);
    call.timeout = 60000;
    call.upload.onprogress = (event) => {
      if (event.lengthComputable) say(`${told}：传了${Math.round((event.loaded * 100) / event.total)}%`);
    };
    const end = () => {
      let said = null;
      try { said = JSON.parse(call.responseText); } catch { said = null; }
      done({ status: call.status, said });
    };
    call.onload = end;
    call.onerror = end;
    call.ontimeout = end;
    call.send(data);
  });
  const show = (said) => {
    const item = document.createElement("li");
    const image = document.createElement("img");
    image.src = said.small;
    image.alt = `第${list.children.length + 1}张照片`;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-plain";
    button.textContent = "去掉";
    button.dataset.remove = said.remove;
    item.append(image, button);
    list.append(item);
  };
  const sendOne = async (file, told) => {
    const blob = await smaller(file);
    for (let go = 0; ; go += 1) {
      say(`${told}：正在传`);
      const { status, said } = await post(blob, told);
      if (status === 200 && said) {
        if (!Array.from(list.querySelectorAll("img")).some((image) => image.getAttribute("src") === said.small)) show(said);
        return "";
      }
      if (status === 422 && said) return said.error;
      if (status === 403 || (status === 200 && !said)) return "登录过期了。请另开一页登录，再选一次这张照片。";
      if (status === 413) return "这张照片太大，请拍小一点再传。";
      if (go >= PAUSES.length) return "网络不通，没有传上。等有信号了再选一次。";
      say(`${told}：没传上，等一下再传`);
      await wait(PAUSES[go]);
    }
  };
  let running = Promise.resolve();
  input.addEventListener("change", (event) => {
    event.stopPropagation();
    const chosen = Array.from(input.files);
    input.value = "";
    running = running.then(async () => {
      const wrong = [];
      let sent = 0;
      for (const [index, file] of chosen.entries()) {
        if (list.children.length >= most) {
          wrong.push(`一次最多${most}张。先去掉一张，再传新的。`);
          break;
        }
        const error = await sendOne(file, chosen.length > 1 ? `第${index + 1}张` : "照片");
        if (error) wrong.push(error);
        else sent += 1;
      }
      say([sent ? `${sent}张存好了，交了才算数。` : "", ...wrong].join(""));
    });
  });
  list.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-remove]");
    if (!button) return;
    event.preventDefault();
    button.disabled = true;
    try {
      const answer = await fetch(button.dataset.remove, {
        method: "POST",
        body: new URLSearchParams({ csrfmiddlewaretoken: token() }),
        headers: { "X-Photo": "1" },
        credentials: "same-origin",
      });
      if (answer.ok) button.closest("li").remove();
      else say("没去掉，请再点一次。");
    } catch {
      say("网络不通，没去掉，请再点一次。");
    }
    button.disabled = false;
  });
})();
