import { Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";

/** Every figure leads to the query behind it. */
export function QueryLink({ sql, words = "Open the query behind this" }: { sql: string; words?: string }) {
  return (
    <Text size="sm" span className="no-print">
      <Link to="/sql" search={{ q: sql }}>
        {words}
      </Link>
    </Text>
  );
}
