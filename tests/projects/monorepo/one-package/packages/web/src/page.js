import { price } from '@shop/core';

export function row(name, cents) {
  return `<tr><td>${name}</td><td class="price">${price(cents).text}</td></tr>`;
}
