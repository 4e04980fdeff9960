// A school's boxes: how many are filled and what parts add up to, while one types.
"use strict";

(() => {
  const form = document.querySelector("form.conditions");
  if (!form) return;

  const boxes = (root) => [...root.querySelectorAll(".field input:not([type=hidden]), .field select")]
    .filter((box) => !box.name.endsWith("-monitor_name"));
  const filled = (some) => some.filter((box) => box.value.trim()).length;
  const say = (some) => `${filled(some)}/${some.length} ô`;
  const whole = (id) => {
    const text = document.getElementById(id)?.value.trim() ?? "";
    return /^\d{1,5}$/.test(text) ? Number(text) : null;
  };

  const draw = () => {
    form.querySelectorAll("fieldset").forEach((level) => {
      const all = level.querySelector("[data-filled-all]");
      if (all) all.textContent = say(boxes(level));
    });
    form.querySelectorAll("[data-boxes]").forEach((group) => {
      group.querySelector("[data-filled]").textContent = say(boxes(group));
    });
    form.querySelectorAll("[data-parts]").forEach((line) => {
      const known = line.dataset.parts.split(" ").map(whole).filter((count) => count !== null);
      const total = whole(line.dataset.total);
      const added = known.reduce((sum, count) => sum + count, 0);
      line.querySelector("[data-added]").textContent = known.length ? added : "–";
      line.querySelector("[data-whole]").textContent = total ?? "–";
      // Whether all the parts must make the total is the server's to say; too much never is right.
      const wrong = known.length > 0 && total !== null && added > total;
      line.classList.toggle("tone-bad", wrong);
      line.classList.toggle("tone-none", !wrong);
    });
  };

  form.addEventListener("input", draw);
  form.addEventListener("change", draw);
})();
