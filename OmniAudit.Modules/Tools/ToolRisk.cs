namespace OmniAudit.Modules.Tools;

/// <summary>What a call may change. There is no zero value: every tool says it.</summary>
public enum ToolRisk
{
    /// <summary>Changes nothing.</summary>
    Read = 1,
    /// <summary>Starts work of ours (a scan); changes nothing outside, needs no approval.</summary>
    Work = 2,
    /// <summary>Changes something outside: runs only after a person approved it.</summary>
    Write = 3,
}
