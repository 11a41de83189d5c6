import { useContext, useEffect, useState } from 'preact/hooks';
import { Services } from './services.ts';

/** The name of whoever sits here, empty where it is not known (and on the server), and what changes it. */
export function usePerson(): { readonly name: string; set(name: string): void } {
  const { person } = useContext(Services);
  const [name, setName] = useState('');
  useEffect(() => {
    const look = () => setName(person.name);
    look();
    return person.onChange(look);
  }, [person]);
  return { name, set: (to) => person.set(to) };
}
