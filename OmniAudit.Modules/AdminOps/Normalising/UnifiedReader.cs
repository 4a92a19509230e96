using OmniAudit.Modules.AdminOps.Events;

namespace OmniAudit.Modules.AdminOps.Normalising;

/// <summary>The unified audit log's <c>AuditRecord</c> (Office 365 Management Activity API schema). Its fields differ by workload; what all have is read, and what the greater ones add.</summary>
internal static class UnifiedReader
{
    private const string FailedLogin = "UserLoginFailed";
    private const string Login = "UserLoggedIn";

    public static void Read(RecordField record, RecordDraft draft)
    {
        draft.Tenant = record["OrganizationId"].Text;
        draft.SourceId = record.First("Id", "Identity");
        draft.Time = record.First("CreationTime", "CreationDate");
        draft.RecordType = RecordTypes.Parse(record["RecordType"].Text);
        draft.Category = draft.RecordType is { } type ? RecordTypes.NameOf(type) ?? $"RecordType {type}" : record["RecordType"].Text;
        draft.Service = record["Workload"].Text ?? draft.Category;
        draft.Operation = record.First("Operation", "Operations");
        draft.CorrelationId = record.First("CorrelationId", "InterSystemsId", "IntraSystemId");
        draft.UserAgent = record["UserAgent"].Text ?? Named(record["ExtendedProperties"], "UserAgent");
        draft.ClientApp = record.First("ClientApplication", "ClientInfoString", "ApplicationDisplayName", "ApplicationName", "ClientAppName", "ClientAppId", "ApplicationId", "AppId");
        draft.Address = record.First("ClientIP", "ClientIPAddress", "ActorIpAddress");
        draft.Severity = record["Severity"].Text;
        Result(record, draft);
        UnifiedActor.Read(record, draft);
        UnifiedTargets.Read(record, draft);
        Changes(record, draft);
    }

    /// <summary>
    /// For sign-ins ResultStatus is only the status of the HTTP request: most failed ones say Success there. LogonError, ErrorNumber and the operation itself know.
    /// </summary>
    private static void Result(RecordField record, RecordDraft draft)
    {
        draft.ResultRaw = record["ResultStatus"].Text;
        var (error, number, operation) = (record["LogonError"].Text, record["ErrorNumber"].Text, draft.Operation ?? "");
        var isSignIn = draft.RecordType is 9 or 15 || operation is FailedLogin or Login;
        draft.ResultCode = error ?? (number is not null and not "0" ? number : null) ?? record.First("FailureReason", "ErrorMessage", "ErrorCode");
        if (draft.ResultCode == "0") draft.ResultCode = null;
        if (isSignIn && operation == FailedLogin) draft.Outcome = EventOutcome.Failure;
        else if (isSignIn && (error is not null || (number is not null and not "0"))) draft.Outcome = EventOutcome.Failure;
        else if (isSignIn && (operation == Login || number == "0")) draft.Outcome = EventOutcome.Success;
        else if (draft.ResultRaw is not null) draft.Outcome = Planner(draft) ?? ResultWords.Meaning(draft.ResultRaw);
        // Fabric and Power BI.
        else draft.Outcome = ResultWords.Meaning(record.First("IsSuccess", "Succeeded"));
    }

    /// <summary>Planner writes its result as a number.</summary>
    private static EventOutcome? Planner(RecordDraft draft) => (draft.ResultRaw, draft.Service) switch
    {
        ("1", "Planner") => EventOutcome.Success,
        ("2" or "3", "Planner") => EventOutcome.Failure,
        _ => null,
    };

    private static void Changes(RecordField record, RecordDraft draft)
    {
        foreach (var property in Many(record["ModifiedProperties"], draft))
        {
            if (property.IsObject) draft.Change(property.First("Name", "DisplayName"), DirectoryAuditReader.Value(property["OldValue"]), DirectoryAuditReader.Value(property["NewValue"]));
            else draft.Change(property.Text, null, null);
        }
        if (record["Parameters"].IsList)
        {
            foreach (var parameter in Many(record["Parameters"], draft)) draft.Change(parameter.First("Name", "Key") ?? (parameter.IsObject ? null : parameter.Text), null, parameter["Value"].Any);
        }
        // Of some cmdlets it is one text.
        else if (record["Parameters"].Any is { Length: > 0 } parameters) draft.Change("Parameters", null, parameters);
        foreach (var property in Many(record["OperationProperties"], draft)) draft.Change(property["Name"].Text, null, property["Value"].Any);
    }

    private static IEnumerable<RecordField> Many(RecordField list, RecordDraft draft)
    {
        draft.LeftOut += Math.Max(0, list.Count - 1000);
        return list.Items(1000);
    }

    /// <summary>The value of a name in a list of names and values.</summary>
    private static string? Named(RecordField list, string name)
    {
        foreach (var entry in list.Items(100))
            if (entry["Name"].Text == name) return entry["Value"].Text;
        return null;
    }
}
