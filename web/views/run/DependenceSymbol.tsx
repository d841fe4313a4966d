// The paper's symbol of image dependence.

/** S with a subscript t, as in the paper. */
export function DependenceSymbol() {
  return (
    <i>
      S<sub style={{ lineHeight: 0 }}>t</sub>
    </i>
  );
}
