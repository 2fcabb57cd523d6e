/** A command of the registry as a button; every group of buttons is made from these. */
import { type Command, type CommandGroup, command, commands, labelOf, run } from "../state/commands";
import { t } from "../state/words";
import { Icon } from "./icons";

export function spokenKey(binding: string): string {
  const mac = /Mac|iPhone|iPad/.test(navigator.platform);
  return binding.replace("Mod", mac ? "⌘" : "Ctrl");
}

export function CommandButton({ id, text = false }: { id: string; text?: boolean }) {
  const found = command(id);
  if (!found) return null;
  const label = labelOf(found);
  const pressed = found.pressed?.();
  return (
    <button
      type="button"
      class={text ? "command wide" : "command"}
      disabled={found.enabled?.() === false}
      aria-pressed={pressed}
      aria-label={label}
      title={found.key ? `${label} (${spokenKey(found.key)})` : label}
      data-command={id}
      onClick={() => run(id)}
    >
      <Icon name={found.icon ?? found.id} />
      {text && <span>{found.short ? t(found.short) : label}</span>}
    </button>
  );
}

export function CommandGroupBar({ group, text = false }: { group: CommandGroup; text?: boolean }) {
  const members = commands.value.filter((each: Command) => each.group === group && each.icon);
  if (members.length === 0) return null;
  return (
    <fieldset class="group" aria-label={t(`group.${group}`)}>
      {members.map((each) => (
        <CommandButton key={each.id} id={each.id} text={text} />
      ))}
    </fieldset>
  );
}
