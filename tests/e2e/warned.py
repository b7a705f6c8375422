# SPDX-License-Identifier: Apache-2.0
"""What a rule of warn refuses, and what a reason does to it: the same steps on every tier."""

import json
import os
import shutil
import signal
import subprocess

import lab as weir
from lab import WAYS, check, shell, write

POLICY = """apiVersion: weir/v1
kind: Policy
metadata: {name: warned}
revision: 4711
classes:
  identity: {level: C2, detectors: [cn_resident_id], min_confidence: 70}
rules:
  - {id: too-many, channel: [removable, network], content: {class: identity, distinct: ">=100"}, action: block}
  - id: with-a-reason
    channel: [removable, network]
    content: {class: identity, distinct: ">=5"}
    action: warn
    message: {zh: "请说明理由", en: "Give the reason."}
"""
PERSON, OTHER = "65534", "65533"
REASON = "quarterly settlement with the reinsurer"


def use_policy(lab):
    """lab.policy is a file of the lab's own, read by the agent that runs."""
    write(lab.policy, POLICY)
    lab.processes["agent"].send_signal(signal.SIGHUP)
    weir.wait_for(lambda: lab.status()["policy"]["revision"] == 4711, 60, "the policy that warns")


def run_as(user, command, language="C.UTF-8"):
    return subprocess.run(["setpriv", "--reuid=" + user, "--regid=" + user, "--clear-groups", "bash", "-c", command],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                          env=dict(os.environ, LC_ALL=language))


def program(lab):
    """weir where everybody may run it: the build may lie in a folder of root's."""
    path = lab.path("weir")
    if not os.path.exists(path):
        shutil.copy(os.path.join(weir.BIN, "weir"), path)
    return path


def ask(lab, user, arguments, language="C.UTF-8"):
    return run_as(user, "%s %s --socket %s" % (program(lab), arguments, lab.path("run", "control.sock")), language)


def explained(lab, user):
    return json.loads(ask(lab, user, "explain --format json").stdout)["refusals"]


def refusal(lab, user, **fields):
    """The newest that has these fields: the record of it may still be on its way."""
    def newest():
        return [row for row in explained(lab, user) if all(row[key] == value for key, value in fields.items())][:1]
    return weir.wait_for(newest, 60, "a refusal with %s" % fields)[0]


def justify(lab, user, event):
    return ask(lab, user, "justify %d --reason '%s'" % (event, REASON))


def copy(user, source, target):
    return run_as(user, WAYS["cp"].format(source=source, target=target))


def check_explained(lab, row, numbers):
    check(row["action"] == "warn" and row["rule"] == "with-a-reason" and not row["justified"], "refusal %s" % row)
    check(row["classes"] == ["identity"] and row["counts"][0]["detector"] == "cn_resident_id" and
          row["counts"][0]["distinct"] >= 5, "refusal %s" % row)
    text = ask(lab, PERSON, "explain %d" % row["event"]).stdout
    check("weir justify %d" % row["event"] in text and "Give the reason." in text, "explain says: %s" % text)
    text += ask(lab, PERSON, "explain", "zh_CN.UTF-8").stdout
    check("请说明理由" in text and "居民身份证" in text, "explain says: %s" % text)
    check(not any(number in text + str(row) for number in numbers), "a value is in the explanation")
    check(explained(lab, OTHER) == [], "others are told of it")


def check_who_may(lab, row, numbers):
    event = row["event"]
    result = justify(lab, OTHER, event)
    check(result.returncode == 1 and "refused to you" in result.stdout, "another may justify: %s" % result.stdout)
    for reason in ("no", "one\\ntwo lines", "for number " + numbers[0]):
        result = ask(lab, PERSON, "justify %d --reason $'%s'" % (event, reason))
        check(result.returncode == 2, "reason %s: %s" % (reason, result.stdout))
    result = justify(lab, PERSON, event)
    check(result.returncode == 0 and "10 minutes" in result.stdout, "justify: %s" % result.stdout)
    result = justify(lab, PERSON, event)
    check(result.returncode == 1 and "already" in result.stdout, "justified twice: %s" % result.stdout)


def check_justified(event):
    given = event["justification"]
    check(event["action"] == "warn" and event["alert"] and event["rule"] == "with-a-reason", "event %s" % event)
    check(given["reason"] == REASON and str(given["uid"]) == PERSON and given["time"], "event %s" % event)


def same(source, target):
    """By another process: whoever reads a list is held to a stricter rule, and its children with it."""
    return shell("cmp %s %s" % (source, target)).returncode == 0


def passed(lab, source, target):
    """The copy went through, and its close leaves it there."""
    result = copy(PERSON, source, target)
    check(result.returncode == 0, "after the reason: %s" % result.stdout)
    closed = weir.wait_for(lambda: [event for event in lab.matching(path=target, activity="close") if
                                    "justification" in event], 60, "the close with its reason")
    check_justified(closed[0])
    check(same(source, target), "%s is not what was copied" % target)


def files(lab, source, numbers, bulk, volume, refused):
    """refused(result): did the copy fail on the spot? The volume is anybody's to write on."""
    target = volume + "/list.csv"
    check(refused(copy(PERSON, source, target)), "without a reason it went through")
    row = refusal(lab, PERSON, target=target)
    check_explained(lab, row, numbers)
    check_who_may(lab, row, numbers)
    check(justify_event(lab, target)["process"]["name"] == "cp", "not the program that was refused")
    check(refused(copy(OTHER, source, volume + "/other.csv")), "another used the pass")
    check(refused(copy(PERSON, bulk, volume + "/bulk.csv")), "a pass let by what a block refuses")
    row = refusal(lab, PERSON, target=volume + "/bulk.csv", action="block")
    result = justify(lab, PERSON, row["event"])
    check(result.returncode == 1 and "lets nothing pass" in result.stdout, "a block was justified: %s" % result.stdout)
    passed(lab, source, target)
    check(refused(copy(PERSON, source, volume + "/again.csv")), "the pass was used twice")
    check(not refusal(lab, PERSON, target=volume + "/again.csv")["justified"], "the second is justified as well")


def justify_event(lab, target):
    event = lab.event(path=target, activity="justify")
    check_justified(event)
    return event


def uploads(lab, outside, source, numbers, send):
    """send(command): as PERSON, where the agent looks at traffic."""
    check(send(outside.post(source)).returncode != 0, "without a reason it was sent")
    row = refusal(lab, PERSON, channel="network")
    check(row["action"] == "warn" and row["target"] == "%s:8080" % outside.address, "refusal %s" % row)
    check(justify(lab, PERSON, row["event"]).returncode == 0, "justify")
    check(not any(number.encode() in outside.arrived() for number in numbers), "identifiers arrived without a reason")
    result = send(outside.post(source))
    check(result.returncode == 0, "after the reason: %s" % result.stdout)
    check(all(number.encode() in outside.arrived() for number in numbers), "not all of it arrived")
    sent = weir.wait_for(lambda: [event for event in lab.matching(channel="network", activity="send") if
                                  "justification" in event], 60, "the upload with its reason")
    check_justified(sent[0])
    check(send(outside.post(source)).returncode != 0, "the pass was used twice")
