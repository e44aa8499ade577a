// The only script of the portal. Every page works without it.
import { Button, CharacterCount, ErrorSummary, createAll } from "govuk-frontend";
import { offerPasskeys } from "./passkeys.js";
import { watchSession } from "./session.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
createAll(ErrorSummary);
createAll(Button);
createAll(CharacterCount);
offerPasskeys();
watchSession();
