// A button [data-choose-all=name] ticks every box of that name in its form, or none once all are ticked.
for (const button of document.querySelectorAll("[data-choose-all]")) {
  const boxes = [...button.form.elements].filter((box) => box.type === "checkbox" && box.name === button.dataset.chooseAll);
  const say = () => { button.textContent = boxes.every((box) => box.checked) ? "Select none" : "Select all on this page"; };
  button.addEventListener("click", () => {
    const ticked = !boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = ticked;
    say();
  });
  button.form.addEventListener("change", say);
  button.hidden = false;
  say();
}
