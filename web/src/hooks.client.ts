import { session } from '#lib/accounts/session.svelte';
import { startLocale } from '#lib/i18n';
import { firstScreen } from '#lib/shell/firstScreen';
import { registerServiceWorker } from '#lib/shell/serviceWorker';

// Asked for while the page's script is still on its way. Whoever needs the answer asks again and hears of a failure.
void startLocale().then(
  () => session.start(),
  () => {},
);

// The worker fetches all of the app, and must not take its turn before the first screen.
void firstScreen.then(() => setTimeout(() => void registerServiceWorker(), 1500));
