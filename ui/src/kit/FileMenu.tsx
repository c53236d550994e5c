import { Button, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { askFile, type FileForm } from "../api/sql";
import { download } from "../charts/export";
import { reason } from "./Asked";
import { Words } from "./Words";

/** Saves the answer to a statement as a file. */
export function FileMenu({ sql, name, hint }: { sql: string; name: string; hint?: string }) {
  const [busy, setBusy] = useState(false);
  const save = async (form: FileForm) => {
    setBusy(true);
    try {
      const { file, truncated } = await askFile(sql, form);
      download(`${name}.${form}`, file);
      if (truncated) notifications.show({ title: "The file ends early", message: "There are more rows than the server gives at once. Ask for a part of them, or use candor sql.", color: "gray" });
    } catch (error) {
      const { title, detail } = reason(error);
      notifications.show({ title, message: <Words text={detail} />, color: "gray" });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Menu position="bottom-end" withinPortal={false}>
      <Menu.Target>
        <Button size="xs" variant="default" loading={busy} title={hint}>
          Save as …
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => void save("csv")}>CSV, for a spreadsheet</Menu.Item>
        <Menu.Item onClick={() => void save("parquet")}>Parquet, for other engines</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
