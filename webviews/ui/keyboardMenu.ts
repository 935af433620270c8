/** Whether Shift+F10 or the menu key asked for a context menu: it then is about what has the keyboard, not about what the mouse is over. */
export function fromKeyboard(event: MouseEvent): boolean {
  return event.button !== rightButton && event.target === event.currentTarget;
}

/** Opens the native menu of an element (`data-vscode-context`) below it, as if it had been clicked there. Nothing happens without one. */
export function menuOver(element: Element | null): void {
  if (element === null) return;
  const { left, bottom } = element.getBoundingClientRect();
  element.dispatchEvent(
    new MouseEvent('contextmenu', { bubbles: true, cancelable: true, button: rightButton, clientX: left + 24, clientY: bottom }),
  );
}

const rightButton = 2;
