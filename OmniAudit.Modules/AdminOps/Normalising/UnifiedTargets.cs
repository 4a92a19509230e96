namespace OmniAudit.Modules.AdminOps.Normalising;

/// <summary>What it was done to, in the unified audit log.</summary>
internal static class UnifiedTargets
{
    public static void Read(RecordField record, RecordDraft draft)
    {
        var known = UnifiedIdentity.Of(record["Target"]);
        if (known is not null) draft.Target(known.Id, known.Kind, known.Name, known.Upn);
        if (record["ObjectId"].Text is { } id && !Same(id, known?.Upn) && !Same(id, known?.Id) && !Same(id, known?.Name) && !id.Equals("Not Available", StringComparison.OrdinalIgnoreCase) && !IsUnknown(id))
        {
            var isName = id.Contains('@', StringComparison.Ordinal) && !id.Contains('/', StringComparison.Ordinal) && !id.Contains(' ', StringComparison.Ordinal);
            draft.Target(isName ? null : id, record.First("ItemType", "ObjectType"), record["SourceFileName"].Text, isName ? id : null);
        }
        if (record["MailboxOwnerUPN"].Text is { } owner) draft.Target(null, "Mailbox", null, owner);
        if (record["TargetUserOrGroupName"].Text is { } group) draft.Target(null, record["TargetUserOrGroupType"].Text, group, null);
        if (record["TeamName"].Text is { } team) draft.Target(record["TeamGuid"].Text, "Team", team, null);
        if (record["ChannelName"].Text is { } channel) draft.Target(record["ChannelGuid"].Text, "Channel", channel, null);
        foreach (var member in record["Members"].Items(RecordDraft.MostTargets)) draft.Target(null, "User", member["DisplayName"].Text, member["UPN"].Text);
        if (record["Item"]["Subject"].Text is { } subject) draft.Target(record["Item"]["Id"].Text, "Message", subject, null);
        foreach (var item in record["AffectedItems"].Items(RecordDraft.MostTargets)) draft.Target(item["Id"].Text, "Message", item["Subject"].Text, null);
    }

    private static bool Same(string id, string? other) => other is not null && id.Equals(other, StringComparison.OrdinalIgnoreCase);

    /// <summary>What sign-ins name when they name nothing.</summary>
    private static bool IsUnknown(string id) => id.Equals("Unknown", StringComparison.OrdinalIgnoreCase);
}
