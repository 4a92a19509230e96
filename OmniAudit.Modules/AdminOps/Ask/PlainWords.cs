using System.Text.RegularExpressions;

namespace OmniAudit.Modules.AdminOps.Ask;

/// <summary>What may be told to a model as it stands, because it names nobody: a closed list. Everything else that people or records can write freely goes as a token.</summary>
internal static partial class PlainWords
{
    /// <summary>Values of changed properties, and clients.</summary>
    private static readonly HashSet<string> Values = new(StringComparer.OrdinalIgnoreCase)
    {
        "true", "false", "yes", "no", "on", "off", "none", "null", "enabled", "disabled", "allow", "block", "allowed", "blocked", "enabledForReportingButNotEnforced", "member", "guest", "owner",
        "success", "failure", "succeeded", "failed", "enforced", "default", "all", "everyone", "anyone", "anonymous", "organization", "low", "medium", "high", "active", "inactive", "permanent", "eligible",
        "AllPrincipals", "Principal", "Application", "Delegated", "User", "Group", "ServicePrincipal", "Device", "Role", "Compliant", "NonCompliant",
        "Browser", "Mobile Apps and Desktop clients", "Exchange ActiveSync", "Other clients", "IMAP4", "POP3", "SMTP", "Authenticated SMTP", "MAPI Over HTTP", "Autodiscover", "Exchange Web Services", "Exchange Online PowerShell",
        "PhoneAppNotification", "PhoneAppOTP", "OneWaySms", "TwoWayVoiceMobile", "FullAccess", "SendAs", "SendOnBehalf",
    };

    /// <summary>Roles that every directory has.</summary>
    private static readonly HashSet<string> Roles = new(StringComparer.OrdinalIgnoreCase)
    {
        "Global Administrator", "Company Administrator", "Global Reader", "Privileged Role Administrator", "Privileged Authentication Administrator", "Authentication Administrator", "Application Administrator",
        "Cloud Application Administrator", "Application Developer", "Security Administrator", "Security Operator", "Security Reader", "Conditional Access Administrator", "Exchange Administrator", "SharePoint Administrator",
        "Teams Administrator", "Intune Administrator", "User Administrator", "Helpdesk Administrator", "Password Administrator", "Groups Administrator", "License Administrator", "Billing Administrator", "Hybrid Identity Administrator",
        "Domain Name Administrator", "Compliance Administrator", "Compliance Data Administrator", "Cloud Device Administrator", "Directory Readers", "Directory Writers", "Guest Inviter", "Reports Reader", "Service Support Administrator",
        "External Identity Provider Administrator", "Identity Governance Administrator", "Directory Synchronization Accounts", "Power Platform Administrator", "Fabric Administrator",
    };

    public static bool IsRole(string text) => Roles.Contains(text);

    /// <summary>A value that says nothing about anybody: of the list, or a number of up to six digits.</summary>
    public static bool IsValue(string text) => text.Length == 0 || Values.Contains(text) || Roles.Contains(text) || (text.Length <= 6 && text.All(char.IsAsciiDigit));

    /// <summary>A code, such as 50126 or AADSTS50126; reasons in words are none.</summary>
    public static bool IsCode(string text) => text.Length <= 60 && !text.Contains(' ', StringComparison.Ordinal) && IsIdentifier(text);

    /// <summary>A name as schemas write them, of services, categories and properties: up to four words. Longer ones may be sentences.</summary>
    public static bool IsIdentifier(string text) => text.Length <= 60 && Identifier().IsMatch(text);

    /// <summary>The name of an operation: up to twelve words, and nothing that has a meaning in JSON, Markdown or HTML.</summary>
    public static bool IsOperation(string text) => text.Length <= 120 && Operation().IsMatch(text);

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9._:/()-]*(?: [A-Za-z0-9._:/()-]+){0,3}\z|\A-?[0-9]{1,6}\z", RegexOptions.NonBacktracking)]
    private static partial Regex Identifier();

    [GeneratedRegex(@"\A[\w.:/()'’,@+&-]+(?: [\w.:/()'’,@+&-]+){0,11}\z", RegexOptions.NonBacktracking)]
    private static partial Regex Operation();
}
