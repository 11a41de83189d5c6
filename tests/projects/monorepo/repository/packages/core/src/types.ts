export interface Price {
  readonly cents: number;
  readonly text: string;
}
