#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: DetachCommand=: one that helps, that fails, that hangs, that is not there
# kernels: sid experimental built
# soak-kernels: experimental built
# machine: any
# timeout: 200
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh

settings=/etc/dmabufctl/dmabufctl.conf.d
at_exit "rm -f $settings/lab.conf"

# detach_by COMMAND...: what the configuration says from now on; of this device alone
detach_by() {
	mkdir -p "$settings"
	printf '[%s]\nDetachCommand=%s\n' "$VICTIM" "$*" >"$settings/lab.conf"
}

# script NAME: a program of ours, from standard input; executors have a /tmp of their own
script() {
	cat >"$ACTORS-$1"
	chmod +x "$ACTORS-$1"
	at_exit "rm -f $ACTORS-$1"
}

steps() {
	answer '[.steps[] | [.step, .result] | join(" ")] | join(", ")'
}

nothing_runs() {
	! pgrep -f 'sleep 98[0-9]' && no_act
}

borrow_vfio "$VICTIM"
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
inode=$(nth_buffer owner 1 inode)

act 6 'no DetachCommand=' release "$VICTIM" --steps=detach
like "$(answer '.reason')" 'DetachCommand=' 'is refused, and says what is missing'

script fails <<'END'
#!/bin/sh
exit 3
END
detach_by "$ACTORS-fails"
act 1 'one that fails' release "$VICTIM" --steps=detach,revoke --timeout=5s
is "$(steps)" 'detach failed' 'the step has failed, and no other one is tried'
like "$(answer .reason)" 'status 3' 'its status is told'
is "$(state_of "$inode")" live 'nothing was revoked'

detach_by /run/lab-there-is-no-such-program
act 1 'one that is not there' release "$VICTIM" --steps=detach --timeout=5s
like "$(answer .reason)" 'DetachCommand=' 'is told'

script hangs <<'END'
#!/bin/sh
sleep 981 &
setsid sleep 982 &
trap '' TERM
sleep 983
END
detach_by "$ACTORS-hangs"
begin=$(date +%s)
act 5 'one that hangs, and a revoke' release "$VICTIM" --steps=detach,revoke --timeout=2s
ok 'in bounded time' test $(($(date +%s) - begin)) -le 20
like "$(answer .reason)" "process $(value owner pid) " 'the owner is named'
like "$(steps)" 'detach timed-out, revoke done' 'after a timeout the next step is tried'
is "$(state_of "$inode")" live 'and undone'
wait_for 10 'nothing of it is left running' nothing_runs

script helps <<'END'
#!/bin/sh
set -eu
[ "$1" = --quietly ]
echo close-device >"$2"
END
detach_by "$ACTORS-helps" --quietly "$ACTORS/owner/in"
act 0 'the plan' release "$VICTIM" --steps=detach --dry-run
like "$(answer '.plan.ladder[0].detail')" "$ACTORS-helps" 'names the command'
is "$(dmabufctl devices --json=short |
	jq -r ".devices[] | select(.address == \"$VICTIM\") | .state")" open 'and runs nothing'
act 0 'one that helps' release "$VICTIM" --steps=detach --timeout=10s
is "$(steps)" 'detach done' 'the owner has let go'
ok 'and lives' test -e "/proc/$(value owner pid)/fd/0"
is "$(state_of "$inode")" orphaned 'what it still holds is revoked for good'
no_traces "$VICTIM"
actor_end owner
act 0 'nobody has it open' reassign "$VICTIM" - --steps=detach
is "$(answer '[.steps[] | .step] | join(" ")' | grep -c detach || true)" 0 \
	'then nothing is run'
