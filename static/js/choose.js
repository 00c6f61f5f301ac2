// A button [data-choose-all=name] ticks every box of that name in its form, or none once all are ticked. [data-selected=name] counts
// the ticked ones, with those on other pages. Both bring their words along.
const boxesIn = (form, name) => [...form.elements].filter((box) => box.type === "checkbox" && box.name === name);

for (const button of document.querySelectorAll("[data-choose-all]")) {
  const boxes = boxesIn(button.form, button.dataset.chooseAll);
  const all = () => boxes.every((box) => box.checked);
  const say = () => { button.textContent = all() ? button.dataset.none : button.dataset.all; };
  button.addEventListener("click", () => {
    const ticked = !all();
    for (const box of boxes) box.checked = ticked;
    button.form.dispatchEvent(new Event("change"));
  });
  button.form.addEventListener("change", say);
  button.hidden = false;
  say();
}

for (const told of document.querySelectorAll("[data-selected]")) {
  const form = told.closest("form");
  const say = () => {
    const ticked = boxesIn(form, told.dataset.selected).filter((box) => box.checked).length;
    const count = ticked + Number(told.dataset.elsewhere);
    for (const button of form.querySelectorAll("[data-with-selection]")) button.hidden = !count;
    told.textContent = count > 1 ? told.dataset.many.replace("#", count) : count ? told.dataset.one : told.dataset.none;
  };
  form.addEventListener("change", say);
  // A browser that comes back to the page restores the ticks.
  addEventListener("pageshow", say);
}
