// One short sentence about what just happened, for a few seconds. Errors that need an answer stand where they arose.
export interface ToastMessage {
  text: string;
  action?: { label: string; run: () => void };
}

let shown = $state.raw<ToastMessage | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;

export const currentToast = () => shown;

export function toast(text: string, action?: ToastMessage['action']): void {
  shown = { text, action };
  clearTimeout(timer);
  timer = setTimeout(dismissToast, action ? 8000 : 4500);
}

export function dismissToast(): void {
  clearTimeout(timer);
  shown = null;
}
