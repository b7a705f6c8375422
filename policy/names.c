/* SPDX-License-Identifier: Apache-2.0 */
#include "names.h"

#include <stdio.h>
#include <string.h>

#include "weir/base/macros.h"
#include "weir/policy/decide.h"

#define LONGEST 40

const struct word policy_actions[] = {
	{"allow", WEIR_ACTION_ALLOW},
	{"audit", WEIR_ACTION_AUDIT},
	{"warn", WEIR_ACTION_WARN},
	{"block", WEIR_ACTION_BLOCK},
	{"quarantine", WEIR_ACTION_QUARANTINE},
};
const size_t policy_actions_count = ARRAY_SIZE(policy_actions);

const struct word policy_channels[] = {
	{"file", WEIR_ABI_CHANNEL_FILE},	  {"removable", WEIR_ABI_CHANNEL_REMOVABLE},
	{"share", WEIR_ABI_CHANNEL_SHARE},	  {"network", WEIR_ABI_CHANNEL_NETWORK},
	{"at_rest", WEIR_POLICY_CHANNEL_AT_REST},
};
const size_t policy_channels_count = ARRAY_SIZE(policy_channels);

const struct word policy_device_actions[] = {
	{"allow", WEIR_DEVICE_ALLOW},
	{"read-only", WEIR_DEVICE_READ_ONLY},
	{"block", WEIR_DEVICE_BLOCK},
	{"content", WEIR_DEVICE_CONTENT},
};
const size_t policy_device_actions_count = ARRAY_SIZE(policy_device_actions);

const struct word policy_usb_classes[] = {
	{"mass-storage", WEIR_USB_MASS_STORAGE},
	{"imaging", WEIR_USB_IMAGING},
	{"adb", WEIR_USB_ADB},
	{"vendor", WEIR_USB_VENDOR},
	{"printer", WEIR_USB_PRINTER},
	{"smart-card", WEIR_USB_SMART_CARD},
	{"wireless", WEIR_USB_WIRELESS},
	{"communications", WEIR_USB_COMMUNICATIONS},
	{"audio", WEIR_USB_AUDIO},
	{"video", WEIR_USB_VIDEO},
	{"hid", WEIR_USB_HID},
	{"hub", WEIR_USB_HUB},
	{"other", WEIR_USB_OTHER},
};
const size_t policy_usb_classes_count = ARRAY_SIZE(policy_usb_classes);

const char *weir_device_action_name(enum weir_device_action action)
{
	for (size_t i = 0; i < policy_device_actions_count; i++)
		if (policy_device_actions[i].value == (int)action)
			return policy_device_actions[i].name;
	return "unknown";
}

const char *weir_usb_class_name(unsigned usb_class)
{
	for (size_t i = 0; i < policy_usb_classes_count; i++)
		if (policy_usb_classes[i].value == (int)usb_class)
			return policy_usb_classes[i].name;
	return "unknown";
}

int word_value(const struct word *words, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i].name, text) == 0)
			return words[i].value;
	return -1;
}

const char *weir_action_name(enum weir_action action)
{
	for (size_t i = 0; i < policy_actions_count; i++)
		if (policy_actions[i].value == (int)action)
			return policy_actions[i].name;
	return "unknown";
}

/* Edits between two short words (Levenshtein); LONGEST + 1 for long ones. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[LONGEST + 1];
	size_t a_len = strlen(a), b_len = strlen(b);

	if (a_len > LONGEST || b_len > LONGEST)
		return LONGEST + 1;
	for (unsigned j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_len; j++) {
			unsigned replace = diagonal + (a[i - 1] != b[j - 1]);
			unsigned other = WEIR_MIN(row[j], row[j - 1]) + 1;

			diagonal = row[j];
			row[j] = WEIR_MIN(replace, other);
		}
	}
	return row[b_len];
}

const char *nearest_name(const char *text, const char *const *names, size_t n)
{
	unsigned best = LONGEST + 1, near = (unsigned)(strlen(text) / 3);
	const char *ret = NULL;

	for (size_t i = 0; i < n; i++) {
		unsigned d = distance(text, names[i]);

		if (d < best && d <= near) {
			best = d;
			ret = names[i];
		}
	}
	return ret;
}

void hint_names(struct weir_error *err, const char *text, const char *const *names, size_t n)
{
	const char *near = nearest_name(text, names, n);
	char known[200] = "";
	size_t len = 0;

	if (near) {
		weir_error_hint(err, "did you mean \"%s\"?", near);
		return;
	}
	for (size_t i = 0; names && i < n && names[i] && len + strlen(names[i]) + 6 < sizeof(known);
	     i++)
		len += (size_t)snprintf(known + len, sizeof(known) - len, "%s%s", i ? ", " : "",
					names[i]);
	if (n)
		weir_error_hint(err, "known here: %s", known);
}
