/** The shop's own script. The gift card's button has no listener: it is the broken one. */
"use strict";

const at = (id) => document.getElementById(id);
const on = (id, act) => at(id)?.addEventListener("click", act);

on("continue", () => {
  at("step-payment").hidden = false;
  at("step-payment").scrollIntoView({ block: "nearest" });
});
on("pay", () => {
  location.assign("/thanks");
});

const price = 189;
const change = (by) => {
  const quantity = Math.max(1, Number(at("quantity").textContent) + by);
  at("quantity").textContent = String(quantity);
  at("total").textContent = `€${(price * quantity).toFixed(2)}`;
};
on("fewer", () => change(-1));
on("more", () => change(1));

/** What the widget has noticed of this visit, to see and to delete. */
on("visit", () => {
  if (!window.flowback?.panel?.()) at("visit").textContent = "Nothing: you have not said yes";
});
