// The interests, read once: they hardly ever change.
import { api, Refusal, type Category } from '#lib/api';
import { locale } from '#lib/i18n';

class Categories {
  list = $state.raw<Category[]>([]);
  #read: Promise<void> | null = null;

  load(): Promise<void> {
    return (this.#read ??= this.#ask());
  }

  async #ask(): Promise<void> {
    const answer = await api.categories.list();
    if (answer instanceof Refusal) this.#read = null;
    else this.list = answer.items;
  }

  name(slug: string | null): string {
    const category = this.list.find((c) => c.slug === slug);
    return category ? this.nameOf(category) : '';
  }

  nameOf(category: Category): string {
    return locale() === 'ko' ? category.nameKo : category.nameEn;
  }

  icon(slug: string | null): string {
    return this.list.find((c) => c.slug === slug)?.icon ?? '';
  }
}

export const categories = new Categories();
