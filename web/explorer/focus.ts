/** Reports whether no element has the focus, for example because the one that had it is gone. */
export function isFocusFree(): boolean {
  return !document.activeElement || document.activeElement === document.body;
}
