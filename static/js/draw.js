/* A signature drawn with a finger, if somebody wants to: what stands under the name is the password, not this. */
(() => {
  "use strict";
  const area = document.querySelector("[data-draw]");
  const field = area && document.getElementById(area.dataset.draw);
  if (!field) return;
  const canvas = area.querySelector("canvas");
  const pen = canvas.getContext("2d");
  const state = area.querySelector("[data-draw-state]");
  const LONGEST = 480;
  const strokes = [];
  let stroke = null;
  area.hidden = false;

  const paint = () => {
    const box = canvas.getBoundingClientRect();
    const sharp = Math.min(window.devicePixelRatio || 1, 2);
    canvas.width = Math.round(box.width * sharp);
    canvas.height = Math.round(box.height * sharp);
    pen.scale(sharp, sharp);
    draw(pen, strokes, 3);
  };
  const draw = (on, lines, width) => {
    on.lineWidth = width;
    on.lineCap = on.lineJoin = "round";
    on.strokeStyle = on.fillStyle = "#111";
    lines.forEach((line) => {
      on.beginPath();
      on.moveTo(line[0].x, line[0].y);
      line.forEach((dot) => { on.lineTo(dot.x, dot.y); });
      if (line.length === 1) on.arc(line[0].x, line[0].y, width / 2, 0, 7);
      on.stroke();
    });
  };

  /* What is sent: cut to the ink, small. */
  const keep = () => {
    const dots = strokes.flat();
    state.textContent = dots.length ? "写好了，签字时一起存。" : "";
    if (!dots.length) { field.value = ""; return; }
    const xs = dots.map((dot) => dot.x);
    const ys = dots.map((dot) => dot.y);
    const left = Math.min(...xs) - 6;
    const top = Math.min(...ys) - 6;
    const width = Math.max(...xs) + 6 - left;
    const height = Math.max(...ys) + 6 - top;
    const scale = Math.min(2, LONGEST / Math.max(width, height));
    const out = document.createElement("canvas");
    out.width = Math.ceil(width * scale);
    out.height = Math.ceil(height * scale);
    const ink = out.getContext("2d");
    ink.fillStyle = "#fff";
    ink.fillRect(0, 0, out.width, out.height);
    ink.scale(scale, scale);
    ink.translate(-left, -top);
    draw(ink, strokes, 3);
    field.value = out.toDataURL("image/png");
  };

  const dotOf = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    stroke = [dotOf(event)];
    strokes.push(stroke);
    draw(pen, [stroke], 3);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!stroke || !event.isPrimary) return;
    stroke.push(dotOf(event));
    draw(pen, [stroke.slice(-2)], 3);
  });
  const lift = () => {
    if (!stroke) return;
    stroke = null;
    keep();
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
  area.querySelector("[data-draw-again]").addEventListener("click", () => {
    strokes.length = 0;
    paint();
    keep();
  });
  area.addEventListener("toggle", () => { if (area.open) paint(); });
  window.addEventListener("resize", () => { if (area.open) paint(); });
  // Coming back by the browser's button: the canvas is empty, so is what would be sent.
  window.addEventListener("pageshow", () => { keep(); });
})();
