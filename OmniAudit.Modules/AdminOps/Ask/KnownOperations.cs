using OmniAudit.Modules.AdminOps.Events;

namespace OmniAudit.Modules.AdminOps.Ask;

/// <summary>What a kind of operation means for security, and what to look at next.</summary>
/// <param name="Meaning">A sentence.</param>
/// <param name="Next">A sentence.</param>
internal sealed record OperationMeaning(string Meaning, string Next);

/// <summary>Well-known operations of Entra, Exchange, SharePoint, OneDrive, Teams and Intune. The words are ours; the first entry that fits counts.</summary>
internal static class KnownOperations
{
    private static readonly (string[] Words, EventOutcome? Outcome, OperationMeaning Meaning)[] Table =
    [
        Of("A failed sign-in is a mistyped password, an old client, or somebody guessing. Many of one account are a guessed password; one each of many accounts from one address is password spraying.", "Count the failures of this account and of this address around this time, and look whether one succeeded afterwards.", EventOutcome.Failure, "sign in", "login failed", "logged in", "user login"),
        Of("A sign-in by itself is ordinary. It matters when address, place or client are new for this account, or when failures came before it.", "Compare address, place and client with this account's earlier sign-ins.", null, "sign in", "logged in", "mailbox login"),
        Of("Whoever gets a directory role can do all that it allows; a privileged role gives the whole tenant.", "Confirm with the person who did it and with the owner of the account that the role was meant, and look for a ticket; take it back if nobody knows of it.", null, "add member to role", "add eligible member to role", "add role", "new management role assignment", "add app role assignment"),
        Of("Taking somebody out of a role or group ends rights, which locks out colleagues when it was not meant.", "Check that those who have to work with it still can.", null, "remove member from"),
        Of("An application that was consented to reads or changes data without any further sign-in, until the consent is taken back. Attackers ask for it in place of a password.", "Look at who publishes the application and what it may do; take the consent back if it is not known.", null, "consent to application", "add oauth2permissiongrant", "add delegated permission grant", "add oauth 2 permission grant"),
        Of("A secret or certificate that is added to an application signs in as that application, with all its rights, and outlives a password reset.", "Find out who asked for it; remove the credential if nobody did, and read what the application did since.", null, "add service principal credentials", "certificates and secrets management", "update application certificates", "keycredential", "add key credential"),
        Of("An owner of an application or group can change it, and give it credentials or members.", "Confirm that the new owner should have it.", null, "add owner"),
        Of("A new application or service principal is a new way into the tenant's data.", "Look at the permissions that it asks for and at who created it.", null, "add application", "add service principal"),
        Of("Conditional access decides who may sign in from where and with what. A weaker policy opens the tenant without any other trace.", "Read what was changed, setting by setting, and whether the policy is on.", null, "conditional access", "add policy", "update policy", "delete policy"),
        Of("Without a second factor a password is enough to sign in.", "Make sure that the account's owner asked for it; if not, end its sessions, and look at its sign-ins.", null, "disable strong authentication", "delete authentication method", "deleted security info", "user deleted security info", "admin deleted security info"),
        Of("A new way of signing in that an attacker registers keeps the door open after the password is changed.", "Ask the account's owner whether they registered it.", null, "registered security info", "registered all required security info", "enable strong authentication", "update strong authentication", "changed default security info", "register security info"),
        Of("Whoever sets a password can sign in with it.", "Confirm that the account's owner asked for the reset, and look at what the account did afterwards.", null, "reset user password", "reset password", "change user password", "change password", "set force change user password"),
        Of("An inbox rule that forwards, deletes or hides mail is a usual sign of a mailbox that somebody else uses.", "Read the rule's conditions and where it sends mail; ask the owner; look at the sign-ins just before it.", null, "inbox rule", "inboxrule", "update inbox rules"),
        Of("A transport rule acts on everybody's mail: it can copy it outside, or let malicious mail through.", "Read its conditions and actions, and who asked for it.", null, "transport rule"),
        Of("A mailbox setting can forward all mail elsewhere, or let others in.", "Look for forwarding addresses and for auditing that was turned off among the changes.", null, "set mailbox", "set cas mailbox"),
        Of("Rights on a mailbox let somebody else read it, or send in its owner's name.", "Confirm with the mailbox's owner that this person should have them.", null, "add mailbox permission", "add recipient permission", "add mailbox folder permission", "add folder permissions", "modify folder permissions"),
        Of("Turning auditing off hides what comes next.", "Turn it on again, and look at what else the same account did.", null, "set admin audit log config", "disable audit", "set mailbox audit bypass association", "audit bypass"),
        Of("Mail that is deleted for good cannot be read again by an investigation.", "Look at what was deleted, and whether the account's sign-ins are its owner's.", null, "hard delete", "soft delete", "move to deleted items"),
        Of("Mail was opened, or synchronised to a client. By an unknown client or address it may be read by somebody else.", "Compare client and address with those that the owner uses.", null, "mail items accessed"),
        Of("Mail was sent in the name of another.", "Ask the owner of the name whether they know of it.", null, "send as", "send on behalf"),
        Of("A link that works without signing in gives the content to everyone who gets hold of it.", "Open the item's sharing settings, and remove the link if it is not needed.", null, "anonymous link", "anonymous"),
        Of("Content became readable for somebody who could not read it before, maybe outside of the organisation.", "Look at what was shared, with whom, and whether they belong to the organisation.", null, "sharing", "secure link", "company link", "added to secure link"),
        Of("A site's administrator can read and share everything in it.", "Confirm that this person should have it.", null, "site collection admin", "site admin"),
        Of("Files were taken out of the cloud. Many in a short time are a sign of somebody leaving with them, or of a stolen account.", "Count this account's downloads in the hours around, and compare with its usual days.", null, "file downloaded", "file sync downloaded", "download"),
        Of("Deleted files can be a mistake, a clean-up or sabotage.", "Count this account's deletions around this time; the recycle bin still has them for a while.", null, "file deleted", "file recycled", "folder deleted", "file version", "recycle bin"),
        Of("Files were read or changed, which is everyday work.", "Nothing by itself; look at the amount, and at whether this account usually does it.", null, "file accessed", "file modified", "file previewed", "file uploaded", "page viewed"),
        Of("A guest gets access from outside of the organisation.", "Confirm who invited them and for what, and that they are in no group with more rights than that.", null, "invite external user", "redeem external user", "invite guest", "add guest"),
        Of("A new account is a new way in; attackers make them to stay.", "Confirm that somebody ordered it, and look at its roles and groups.", null, "add user", "new mailbox", "create user"),
        Of("A deleted or disabled account cannot work any more; what it owned may be lost after the retention time.", "Confirm that it was meant; deleted users can be restored for 30 days.", null, "delete user", "hard delete user", "disable account", "remove mailbox"),
        Of("An account that was disabled can sign in again.", "Find out why it had been disabled.", null, "enable account", "restore user"),
        Of("A member of a group has all that the group gives: content, applications, maybe roles.", "Look at what the group is used for.", null, "add member to group", "added to group", "member added"),
        Of("A domain's settings decide where its users are authenticated. With a federation of their own, an attacker signs in as anyone.", "Compare the federation settings with what is documented; treat an unknown one as an emergency.", null, "set domain authentication", "set federation settings on domain", "federation", "add verified domain", "add unverified domain", "domain"),
        Of("A partner with delegated administration acts in the tenant with its own people.", "Confirm the contract, and that the roles are no more than needed.", null, "partner", "delegated admin"),
        Of("A search over everybody's content, or its export, is a powerful way to take data.", "Confirm that there is a case for it and who ordered it.", null, "ediscovery", "compliance search", "search export", "search started", "search created"),
        Of("A wiped or retired device loses the organisation's data, and its user cannot work with it.", "Confirm that it was lost or handed in.", null, "wipe", "retire"),
        Of("A device is trusted by conditional access once it is registered or compliant.", "Confirm that it belongs to the person, and that they know of it.", null, "add device", "register device", "add registered owner to device", "update device", "delete device"),
        Of("A recovery key unlocks the disk of a device without its user.", "Confirm that support was asked for this device.", null, "bitlocker", "local administrator password"),
        Of("Settings of managed devices and applications reach many devices at once.", "Read what was changed and which groups it is assigned to.", null, "device configuration", "compliance policy", "mobile app", "device management", "managed device", "patch", "assign"),
        Of("A licence gives or takes services.", "Nothing by itself; check that services which protect the account are still there.", null, "license"),
        Of("Protection against malicious mail or links was changed.", "Read what was changed; treat a weaker setting that nobody ordered as a sign of an attack.", null, "safe links", "safe attachment", "anti phish", "malware filter", "hosted content filter", "quarantine"),
        Of("A rule against losing data matched content, or was changed.", "Look at the content and at whom it was going to.", null, "dlp"),
        Of("A team or channel is a place where content is shared with all its members.", "Look at who its members are, guests above all.", null, "team", "channel"),
        Of("A member of a group or role was changed.", "Look at who gained or lost what.", null, "member"),
    ];

    private static readonly OperationMeaning Unknown = new(
        "This operation is none of the well-known ones; what it means depends on what was changed and on who usually does it.", "Read the changed properties and the events around it.");

    public static OperationMeaning Find(string operation, EventOutcome outcome)
    {
        var words = OperationWords.Words(operation);
        foreach (var (names, only, meaning) in Table)
        {
            if ((only is null || only == outcome) && Array.Exists(names, n => words.Contains(" " + n, StringComparison.Ordinal))) return meaning;
        }
        return Unknown;
    }

    private static (string[], EventOutcome?, OperationMeaning) Of(string meaning, string next, EventOutcome? outcome, params string[] words) => (words, outcome, new OperationMeaning(meaning, next));
}
