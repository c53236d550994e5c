import { Button, CloseButton, Group, Popover, Stack, Text, TextInput } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { useRouter, useRouterState } from "@tanstack/react-router";
import { useState } from "react";
import { basePath } from "../../api/base";
import { saved, type View } from "./views";

/** Names for what is shown, kept in this browser. A view is never changed by looking at it. */
export function SavedViews() {
  const [views, setViews] = useLocalStorage<View[]>({ key: "candor.views", defaultValue: [], getInitialValueInEffect: false });
  const [name, setName] = useState("");
  const [open, setOpen] = useState(false);
  const router = useRouter();
  const search = useRouterState({ select: (state) => state.location.searchStr });
  const path = useRouterState({ select: (state) => state.location.pathname });
  const current = views.find((v) => v.search === search);
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" width={300} trapFocus>
      <Popover.Target>
        <Button variant="default" size="xs" onClick={() => setOpen(!open)}>
          {current ? `View: ${current.name}` : "Views"}
        </Button>
      </Popover.Target>
      <Popover.Dropdown maw="92vw">
        <Stack gap="xs">
          {views.length === 0 && <Text size="sm">Give what you see a name, to come back to it.</Text>}
          {views.map((view) => (
            <Group key={view.name} justify="space-between" wrap="nowrap">
              <Button
                variant="subtle"
                size="compact-sm"
                onClick={() => {
                  router.history.push(`${basePath()}${path.replace(/^\//, "")}${view.search}`);
                  setOpen(false);
                }}
              >
                {view.name}
              </Button>
              <CloseButton size="sm" aria-label={`Forget ${view.name}`} onClick={() => setViews(views.filter((v) => v !== view))} />
            </Group>
          ))}
          <form
            onSubmit={(event) => {
              event.preventDefault();
              if (name.trim() === "") return;
              setViews(saved(views, { name: name.trim(), search }));
              setName("");
            }}
          >
            <Group gap="xs" wrap="nowrap" align="flex-end">
              <TextInput size="xs" label="Name" value={name} onChange={(e) => setName(e.currentTarget.value)} flex={1} />
              <Button size="xs" type="submit" disabled={name.trim() === ""}>
                Save
              </Button>
            </Group>
          </form>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
