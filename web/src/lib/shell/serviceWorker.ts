// Registers the service worker and says, gently, when a newer build of the app is ready.
import { t } from '#lib/i18n';
import { toast } from '#lib/ui/toast.svelte';

const hour = 60 * 60_000;

export async function registerServiceWorker(): Promise<void> {
  if (import.meta.env.DEV || !('serviceWorker' in navigator)) return;
  const hadOne = navigator.serviceWorker.controller !== null;
  let agreed = false;
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (hadOne && agreed) location.reload();
  });
  try {
    const registration = await navigator.serviceWorker.register('/service-worker.js', { type: 'module' });
    const offer = (waiting: ServiceWorker) =>
      toast(t('talk.update'), {
        label: t('talk.updateNow'),
        run: () => {
          agreed = true;
          waiting.postMessage('take over');
        },
      });
    if (registration.waiting && hadOne) offer(registration.waiting);
    registration.addEventListener('updatefound', () => {
      const coming = registration.installing;
      coming?.addEventListener('statechange', () => {
        if (coming.state === 'installed' && navigator.serviceWorker.controller) offer(coming);
      });
    });
    let asked = Date.now();
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState !== 'visible' || Date.now() - asked < hour) return;
      asked = Date.now();
      registration.update().catch(() => {});
    });
  } catch {
    // Not allowed here (a private window, plain HTTP): the app works, only not offline.
  }
}
