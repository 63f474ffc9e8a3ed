// Shows the page as wide as a desktop or a phone has it, as small as there is room for.
const WIDTHS = { wide: 1280, narrow: 390 };
const stage = document.querySelector(".stage");
const choices = [...document.querySelectorAll("input[name=width]")];

function fit() {
  const chosen = choices.find((choice) => choice.checked)?.value ?? "wide";
  const width = WIDTHS[chosen];
  const scale = Math.min(1, stage.clientWidth / width);
  const frame = stage.firstElementChild;
  frame.style.width = `${chosen === "wide" ? Math.max(width, stage.clientWidth) : width}px`;
  frame.style.height = `${stage.clientHeight / scale}px`;
  frame.style.transform = `scale(${scale})`;
  stage.classList.toggle("narrow", chosen === "narrow");
}

if (stage) {
  const kept = sessionStorage.getItem("outreach-width");
  for (const choice of choices) {
    choice.checked = choice.value === (kept ?? "wide");
    choice.addEventListener("change", () => {
      sessionStorage.setItem("outreach-width", choice.value);
      fit();
    });
  }
  new ResizeObserver(fit).observe(stage);
}
