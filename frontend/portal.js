// The script of every page. Every page works without it.
import { Button, CharacterCount, ErrorSummary, createAll } from "govuk-frontend";
import { watchEmergencies } from "./banner.js";
import { watchTyping } from "./live.js";
import { offerPasskeys } from "./passkeys.js";
import { watchProgress } from "./poll.js";
import { watchPresence } from "./presence.js";
import { watchSession } from "./session.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
createAll(ErrorSummary);
createAll(Button);
createAll(CharacterCount);
offerPasskeys();
watchSession();
watchTyping();
watchProgress();
watchPresence();
watchEmergencies();

// Only where files can be chosen: most pages have no use for it.
const files = document.querySelector("[data-uploads-script]");
if (files) import(files.dataset.uploadsScript).then((uploads) => uploads.sendUploads());
