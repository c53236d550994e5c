import { Button, Group, Menu, Modal, Stack, Text, TextInput } from "@mantine/core";
import { IconBookmark, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useSaved, withSaved } from "./saved";
import { STARTERS } from "./starters";

/** Statements by name: this browser's own, and some to begin with. */
export function SavedQueries({ sql, open }: { sql: string; open: (sql: string) => void }) {
  const [saved, setSaved] = useSaved();
  const [asking, setAsking] = useState(false);
  const [name, setName] = useState("");
  const save = () => {
    setSaved(withSaved(saved, { name: name.trim(), sql }));
    setAsking(false);
    setName("");
  };
  const known = saved.some((q) => q.name === name.trim());
  return (
    <>
      <Menu position="bottom-start" withinPortal>
        <Menu.Target>
          <Button variant="default" leftSection={<IconBookmark size={15} />}>
            Queries
          </Button>
        </Menu.Target>
        <Menu.Dropdown maw={420}>
          <Menu.Item onClick={() => setAsking(true)} disabled={sql.trim() === ""}>
            Save this one…
          </Menu.Item>
          {saved.length > 0 && <Menu.Label>Saved in this browser</Menu.Label>}
          {saved.map((query) => (
            <Menu.Item key={query.name} onClick={() => open(query.sql)}>
              {query.name}
            </Menu.Item>
          ))}
          <Menu.Label>To begin with</Menu.Label>
          {STARTERS.map((query) => (
            <Menu.Item key={query.name} onClick={() => open(query.sql)}>
              {query.name}
            </Menu.Item>
          ))}
          {saved.length > 0 && <Menu.Label>Forget</Menu.Label>}
          {saved.map((query) => (
            <Menu.Item key={query.name} leftSection={<IconTrash size={14} />} onClick={() => setSaved(saved.filter((q) => q.name !== query.name))}>
              {`Forget “${query.name}”`}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Modal opened={asking} onClose={() => setAsking(false)} title="Save the query">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (name.trim() !== "") save();
          }}
        >
          <Stack>
            <TextInput
              label="Name"
              description="Kept in this browser. To share a query, share the address of the page."
              required
              data-autofocus
              value={name}
              onChange={(e) => setName(e.currentTarget.value)}
            />
            {known && <Text size="sm">It takes the place of the one of this name.</Text>}
            <Group justify="flex-end">
              <Button type="submit" disabled={name.trim() === ""}>
                Save
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
