// The end of the page: where the data stays, and the licences of what the page is made of, and the papers behind the methods.
import { en } from '../../strings/en';
import styles from './Footer.module.css';

export function Footer() {
  return (
    <footer className={styles['footer']}>
      <p>{en.footer.local}</p>
      <p className={styles['links']}>
        <a href="./licences.txt">{en.footer.licences}</a>
        {en.footer.papers.map(({ label, href }) => (
          <a key={href} href={href} rel="noreferrer">
            {label}
          </a>
        ))}
      </p>
    </footer>
  );
}
