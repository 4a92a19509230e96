using OmniAudit.Modules.AdminOps.Rules.Sigma;

namespace OmniAudit.Modules.AdminOps.Rules;

/// <summary>What operations are called, as documented: Entra's audit activities, and the commoner ones of the unified log.</summary>
internal static class OperationVocabulary
{
    /// <summary>True when what is neither here nor seen can be said not to exist.</summary>
    public static bool IsWhole(SigmaDialect dialect) => dialect is SigmaDialect.Audit or SigmaDialect.SignIn;

    public static IEnumerable<string> Of(SigmaDialect dialect) => dialect switch
    {
        SigmaDialect.Audit => Entra,
        SigmaDialect.SignIn => SignIns,
        SigmaDialect.M365 => Unified.Concat(SignIns).Concat(Entra),
        _ => Entra.Concat(SignIns).Concat(Unified),
    };

    private static readonly string[] SignIns = ["Sign-in", "UserLoggedIn", "UserLoginFailed", "Sign-in activity"];

    private static readonly string[] Entra = Lines("""
        Add a partner to cross-tenant access setting|Add administrative unit|Add app role assignment grant to user|Add app role assignment to group|Add app role assignment to service principal|Add application
        Add conditional access policy|Add delegated permission grant|Add device|Add eligible member to role|Add group|Add named location|Add member to administrative unit|Add member to group|Add member to role
        Add member to role completed (PIM activation)|Add member to role in PIM completed (permanent)|Add member to role in PIM completed (timebound)|Add member to role in PIM requested (permanent)
        Add member to role in PIM requested (timebound)|Add member to role requested (PIM activation)|Add eligible member to role in PIM completed (permanent)|Add eligible member to role in PIM completed (timebound)
        Add eligible member to role in PIM requested (permanent)|Add eligible member to role in PIM requested (timebound)|Add eligible member (permanent)|Add eligible member (eligible)|Add scoped member to role
        Add owner to application|Add owner to group|Add owner to policy|Add owner to service principal|Add partner to company|Add password|Add policy|Add policy to application|Add policy to service principal
        Add registered owner to device|Add registered users to device|Add service principal|Add service principal credentials|Add unverified domain|Add user|Add users strong authentication phone app detail
        Add verified domain|Add role assignment to role definition|Add role definition|Add group setting|Add lifecycle management policy|Add tou|Add agreement|Admin deleted security info|Admin registered security info
        Admin started MFA registration for a user|Admin updated security info|Authentication Methods Policy Update|Authentication Methods Policy Reset|Authentication Strength Combination Configuration Create
        Authentication Strength Policy Create|Authentication Strength Policy Delete|Authentication Strength Policy Update|Bulk create users - finished (bulk)|Bulk delete users - finished (bulk)
        Bulk download users - finished (bulk)|Bulk invite users - finished (bulk)|Change password (self-service)|Change user license|Change user password|Consent to application|Create application password for user
        Create company|Create company settings|Create resource|Create program|Create access package|Create connected organization|Create custom security attribute definition|Create federated identity credential
        Delete application|Delete administrative unit|Delete application password for user|Delete conditional access policy|Delete device|Delete device configuration|Delete group|Delete named location|Delete policy
        Delete user|Delete partner specific cross-tenant access setting|Delete role definition|Device no longer compliant|Device no longer managed|Disable account|Disable Desktop Sso|Disable passwordless sign-in
        Disable PIM Alert|Disable Strong Authentication|Disable password writeback for directory|Elevate access|Enable account|Enable Desktop Sso|Enable Strong Authentication|Enable password writeback for directory
        Fraud reported - user is blocked for MFA|Fraud reported - no action taken|Hard Delete application|Hard Delete group|Hard Delete service principal|Hard Delete user|Invite external user
        Invite external user with reset invitation status|Invite internal user to B2B collaboration|Process escrow|POST UserAuthMethod.PolicyUpdate|Promote company|Purge rights management service
        Read BitLocker key|Recover device local administrator password|Redeem external user invite|Register connector|Register device|Remediate member's role settings|Remove app role assignment from group
        Remove app role assignment from service principal|Remove app role assignment from user|Remove delegated permission grant|Remove eligible member (permanent)|Remove eligible member (eligible)
        Remove eligible member from role|Remove eligible member from role in PIM completed (permanent)|Remove eligible member from role in PIM completed (timebound)|Remove member from administrative unit
        Remove member from group|Remove member from role|Remove member from role completed (PIM deactivate)|Remove member from role in PIM completed (permanent)|Remove member from role in PIM completed (timebound)
        Remove owner from application|Remove owner from group|Remove owner from service principal|Remove partner from company|Remove password|Remove policy from application|Remove policy from service principal
        Remove registered owner from device|Remove registered users from device|Remove scoped member from role|Remove service principal|Remove service principal credentials|Remove unverified domain
        Remove verified domain|Reset password (by admin)|Reset password (self-service)|Reset user password|Resolve PIM alert|Restore application|Restore group|Restore user|Restore service principal
        Revoke consent|Revoke sign in sessions|Role definition created|Self-serve password reset flow activity progress|Set accidental deletion threshold|Set Company Information|Set company allowed data location
        Set company multinational feature enabled|Set device registration policies|Set directory feature on tenant|Set DirSyncEnabled flag|Set domain authentication|Set federation settings on domain
        Set force change user password|Set group license|Set group managed by|Set group to be managed by user|Set partnership|Set password policy|Set rights management properties|Set user manager|Set user oauth token endpoint
        Synchronization rule action|Triggered PIM alert|Unlock user account (self-service)|Update a partner cross-tenant access setting|Update administrative unit|Update application
        Update application – Certificates and secrets management|Update authorization policy|Update company|Update company settings|Update conditional access policy|Update continuous access evaluation
        Update cross tenant access setting|Update device|Update device configuration|Update domain|Update external secrets|Update group|Update group settings|Update named location|Update PIM alert settings|Update policy
        Update role|Update role definition|Update role setting in PIM|Update security defaults|Update service principal|Update Sts Refresh Token Valid From Timestamp|Update StsRefreshTokenValidFrom Timestamp|Update user
        Update User Risk and MFA Registration Policy|User canceled security info registration|User changed default security info|User deleted security info|User has been blocked for MFA
        User registered all required security info|User registered security info|User reviewed security info|User started password change|User started security info registration|User updated security info
        Verify domain|Verify email verified domain|Viewed risky users|Confirm user compromised|Dismiss user risk|Admin dismisses/resolves/reactivates risky user
        """);

    private static readonly string[] Unified = Lines("""
        Add-MailboxPermission|Add-RecipientPermission|Add-MailboxFolderPermission|Add-RoleGroupMember|Add-FederatedDomain|AdminMailAccess|AlertTriggered|AlertEntityGenerated|AlertUpdated|AnonymousLinkCreated
        AnonymousLinkUsed|AddedToSecureLink|AddedToGroup|AddFolderPermissions|AppInstalled|ApplyRecord|AuditSearchCreated|AirInvestigationData|CompanyLinkCreated|Connect-ExchangeOnline|Copy|Create|Delete|Disable-InboxRule
        Disable-JournalRule|Disable-Mailbox|Disable-SafeLinksRule|Disable-TransportRule|DLPRuleMatch|DLPRuleUndo|DlpRuleMatch|Enable-InboxRule|Enable-Mailbox|Enable-OrganizationCustomization|FileAccessed
        FileAccessedExtended|FileCheckedIn|FileCheckedOut|FileCopied|FileDeleted|FileDownloaded|FileMalwareDetected|FileModified|FileModifiedExtended|FileMoved|FilePreviewed|FileRecycled|FileRenamed|FileRestored
        FileSyncDownloadedFull|FileSyncUploadedFull|FileUploaded|FileVersionsAllDeleted|FolderCreated|FolderDeleted|FolderModified|FolderRenamed|HardDelete|Hold|MailboxLogin|MailItemsAccessed|MemberAdded|MemberRemoved
        MemberRoleChanged|Move|MoveToDeletedItems|New-AntiPhishPolicy|New-ApplicationAccessPolicy|New-ComplianceSearch|New-ComplianceSearchAction|New-InboundConnector|New-InboxRule|New-JournalRule|New-Mailbox
        New-ManagementRoleAssignment|New-MailboxExportRequest|New-OutboundConnector|New-RoleGroup|New-SafeLinksPolicy|New-TransportRule|PageViewed|PermissionLevelAdded|PrivilegedRoleAssigned|QuarantineReleaseMessage
        RecordDelete|Remove-AntiPhishRule|Remove-InboxRule|Remove-MailboxPermission|Remove-RoleGroupMember|Remove-SafeAttachmentRule|Remove-SafeLinksRule|Remove-TransportRule|RemoveFolderPermissions|SearchCreated
        SearchExported|SearchStarted|SearchQueryPerformed|Send|SendAs|SendOnBehalf|Set-AdminAuditLogConfig|Set-AtpPolicyForO365|Set-AuthenticationPolicy|Set-CASMailbox|Set-ConditionalAccessPolicy|Set-DkimSigningConfig
        Set-FederatedOrganizationIdentifier|Set-HostedContentFilterPolicy|Set-InboxRule|Set-Mailbox|Set-MailboxAuditBypassAssociation|Set-MailboxFolderPermission|Set-MsolDomainFederationSettings|Set-OrganizationConfig
        Set-OwaMailboxPolicy|Set-RemoteDomain|Set-TransportConfig|Set-TransportRule|Set-User|SharingInvitationAccepted|SharingInvitationCreated|SharingSet|SharingRevoked|SiteCollectionAdminAdded|SiteCollectionCreated
        SiteCollectionAdminRemoved|SiteDeleted|SoftDelete|TeamCreated|TeamDeleted|TeamSettingChanged|TeamsSessionStarted|TeamsTenantSettingChanged|TIMailData|TIUrlClickData|Update|UpdateCalendarDelegation
        UpdateInboxRules|UpdateFolderPermissions|UserSubmission|ViewDashboard|ViewReport|Set-PerimeterConfig|New-ManagedContentSettings|wipe ManagedDevice|retire ManagedDevice|delete ManagedDevice
        """);

    private static string[] Lines(string text) => text.Split(['|', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
