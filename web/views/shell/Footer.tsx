// The end of the page: where the data stays, and the licences of what the page is made of, and the paper behind the method.
import { en } from '../../strings/en';
import styles from './Footer.module.css';

export function Footer() {
  return (
    <footer className={styles['footer']}>
      <p>{en.footer.local}</p>
      <p className={styles['links']}>
        <a href="./licences.txt">{en.footer.licences}</a>
        <a href="https://arxiv.org/abs/2512.12623" rel="noreferrer">
          {en.footer.paper}
        </a>
      </p>
    </footer>
  );
}
