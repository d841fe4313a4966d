// Keeps a fault in one view from taking the page along: the view is replaced by what happened and a way to try again.
import { Component, type ReactNode } from 'react';
import { en } from '../strings/en';
import { ErrorCard } from '../views/shell/ErrorCard';

interface BoundaryProps {
  /** What the part is called. */
  readonly part: string;
  readonly onReset?: () => void;
  readonly children: ReactNode;
}

export class Boundary extends Component<BoundaryProps, { thrown: unknown; failed: boolean }> {
  override state = { thrown: null as unknown, failed: false };

  static getDerivedStateFromError(thrown: unknown) {
    return { thrown, failed: true };
  }

  override render() {
    const { thrown, failed } = this.state;
    if (!failed) return this.props.children;
    const detail = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
    return (
      <ErrorCard
        error={{ code: 'INTERNAL', message: en.errors.partFailed(this.props.part), action: en.errors.crashedAction, retry: true, detail }}
        onRetry={() => {
          this.props.onReset?.();
          this.setState({ thrown: null, failed: false });
        }}
      />
    );
  }
}
