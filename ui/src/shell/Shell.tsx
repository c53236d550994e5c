import { ActionIcon, AppShell, Burger, Group, NavLink, Text, Tooltip, useMantineColorScheme } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import {
  IconBell,
  IconDatabase,
  IconListTree,
  IconLogout,
  IconMoon,
  IconSearch,
  IconStack2,
  IconSun,
  IconSunMoon,
  IconTargetArrow,
  IconTimeline,
} from "@tabler/icons-react";
import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef, useSyncExternalStore } from "react";
import { isRefused, onSession, signOut, token } from "../api/session";
import { LiveProvider, useLive } from "./live";
import { Palette, palette } from "./Palette";
import { SignIn } from "./SignIn";
import { pageTitle } from "./pageTitle";
import { PrintedTime, TimeControl } from "./TimeControl";

const PLACES = [
  { to: "/", label: "Fleet", icon: IconStack2 },
  { to: "/predictions", label: "Predictions", icon: IconTimeline },
  { to: "/traces", label: "Traces", icon: IconListTree },
  { to: "/alerts", label: "Alerts", icon: IconBell },
  { to: "/drills", label: "Drills", icon: IconTargetArrow },
  { to: "/sql", label: "SQL", icon: IconDatabase },
] as const;

/** Tabs of a model that no time changes, and those that are compared with another. */
const TIMELESS = ["objectives", "schema", "settings"];
const COMPARED = ["overview", "traffic", "quality", "drift", "explanations"];

/** Whether anything on a page obeys the time range and the comparison: a control that changes nothing misleads. */
function obeyed(path: string, { tab = "overview", show }: { tab?: string; show?: string }): { time: boolean; comparison: boolean } {
  if (path.startsWith("/models/")) return { time: !TIMELESS.includes(tab), comparison: COMPARED.includes(tab) };
  if (path === "/alerts") return { time: show !== "silences" && show !== "open", comparison: false };
  return { time: path === "/" || path === "/predictions" || path === "/traces", comparison: false };
}

/** What is around every page: navigation, time, search, who is signed in. */
export function Shell() {
  const refused = useSyncExternalStore(onSession, isRefused);
  const session = useSyncExternalStore(onSession, token);
  if (refused) return <SignIn />;
  return (
    <LiveProvider session={session}>
      <Frame signedIn={session !== null} />
    </LiveProvider>
  );
}

function Frame({ signedIn }: { signedIn: boolean }) {
  const [open, { toggle, close }] = useDisclosure(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const search = useRouterState({ select: (state) => state.location.search });
  const obeys = obeyed(path, search);
  useFocusOnPage(path);
  const isAt = (to: string) => path.startsWith(to === "/" ? "/models" : to) || (to === "/" && path === "/") || (to === "/traces" && path.startsWith("/conversations"));
  return (
    <AppShell header={{ height: 52 }} navbar={{ width: 168, breakpoint: "sm", collapsed: { mobile: !open } }} padding="md">
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <button type="button" className="skip" onClick={toContent}>
              Skip to content
            </button>
            <Burger opened={open} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Navigation" />
            <Text component={Link} to="/" fw={700} fz="lg" c="inherit" td="none">
              Candor
            </Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            {obeys.time && (
              <Group visibleFrom="sm">
                <TimeControl compares={obeys.comparison} wrap="nowrap" />
              </Group>
            )}
            <LiveMark />
            <Tooltip label="Search (Ctrl K)">
              <ActionIcon variant="default" size="lg" aria-label="Search" onClick={palette.open}>
                <IconSearch size={17} />
              </ActionIcon>
            </Tooltip>
            <SchemeButton />
            {signedIn && (
              <Tooltip label="Sign out">
                <ActionIcon variant="default" size="lg" aria-label="Sign out" onClick={signOut}>
                  <IconLogout size={17} />
                </ActionIcon>
              </Tooltip>
            )}
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Main">
        {PLACES.map(({ to, label, icon: Icon }) => (
          <NavLink
            key={to}
            component={Link}
            to={to}
            label={label}
            leftSection={<Icon size={17} />}
            active={isAt(to)}
            aria-current={isAt(to) ? "page" : undefined}
            onClick={close}
          />
        ))}
        <NavLink component="a" href="api/docs" target="_blank" rel="noreferrer" label="API" mt="auto" c="dimmed" />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <title>{pageTitle(path, search)}</title>
        {obeys.time && (
          <Group hiddenFrom="sm" mb="sm" className="no-print">
            <TimeControl compares={obeys.comparison} wrap="wrap" />
          </Group>
        )}
        {obeys.time && <PrintedTime />}
        <Outlet />
      </AppShell.Main>
      <Palette />
    </AppShell>
  );
}

/** Who goes to another page by keyboard goes on within it, not from the link that led there. */
function useFocusOnPage(path: string) {
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    toContent();
  }, [path]);
}

function toContent() {
  document.getElementById("content")?.focus({ preventScroll: true });
}

function LiveMark() {
  const { live } = useLive();
  return (
    <Text size="xs" c="dimmed" className="nowrap" title={live ? "New events show by themselves." : "Connecting again…"}>
      {live === null ? "○ connecting" : live ? "● live" : "○ offline"}
    </Text>
  );
}

const NEXT = { light: "dark", dark: "auto", auto: "light" } as const;
const SCHEME_ICONS = { light: IconSun, dark: IconMoon, auto: IconSunMoon };

function SchemeButton() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const Icon = SCHEME_ICONS[colorScheme];
  const label = `Colours: ${colorScheme}`;
  return (
    <Tooltip label={label}>
      <ActionIcon variant="default" size="lg" aria-label={label} onClick={() => setColorScheme(NEXT[colorScheme])}>
        <Icon size={17} />
      </ActionIcon>
    </Tooltip>
  );
}
