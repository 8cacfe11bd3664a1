import { Component, type ReactNode } from 'react';
import { Button } from '../components/ui/button.tsx';
import { EmptyNotice } from '../components/ui/notice.tsx';

/** Shows a page that failed to render, instead of an empty window. */
export class ErrorBoundary extends Component<
  { readonly children: ReactNode },
  { readonly hasFailed: boolean }
> {
  override state = { hasFailed: false };

  static getDerivedStateFromError(): { hasFailed: boolean } {
    return { hasFailed: true };
  }

  override render(): ReactNode {
    if (!this.state.hasFailed) return this.props.children;
    return (
      <EmptyNotice
        title="This page failed to load"
        action={<Button onClick={() => location.reload()}>Reload</Button>}
      >
        The server may be unreachable, or a new version was installed.
      </EmptyNotice>
    );
  }
}
