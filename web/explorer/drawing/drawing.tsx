export default function Drawing(_: { username: string; visit: (username: string) => void }) {
  return null;
}
