import { registerServiceWorker } from '#lib/shell/serviceWorker';

// After the page is there: the worker fetches all of the app, and must not take its turn before the first screen.
const register = () => setTimeout(() => void registerServiceWorker(), 1500);
if (document.readyState === 'complete') register();
else addEventListener('load', register);
