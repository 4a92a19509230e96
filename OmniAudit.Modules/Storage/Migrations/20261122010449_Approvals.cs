using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace OmniAudit.Modules.Storage.Migrations
{
    /// <inheritdoc />
    public partial class Approvals : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_approvals_RequesterSubject_Tool_PayloadSha256",
                table: "approvals");

            migrationBuilder.AddColumn<string>(
                name: "Groups",
                table: "operators",
                type: "TEXT",
                maxLength: 1000,
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<string>(
                name: "AskedSha256",
                table: "approvals",
                type: "TEXT",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<string>(
                name: "ClosedByName",
                table: "approvals",
                type: "TEXT",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<string>(
                name: "ClosedBySubject",
                table: "approvals",
                type: "TEXT",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<string>(
                name: "EditedByName",
                table: "approvals",
                type: "TEXT",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<string>(
                name: "Facts",
                table: "approvals",
                type: "TEXT",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<string>(
                name: "Held",
                table: "approvals",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "IdempotencyKey",
                table: "approvals",
                type: "TEXT",
                maxLength: 200,
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "Looks",
                table: "approvals",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<long>(
                name: "NextLookAt",
                table: "approvals",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "PayloadVersion",
                table: "approvals",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "Policy",
                table: "approvals",
                type: "TEXT",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<string>(
                name: "Session",
                table: "approvals",
                type: "TEXT",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<string>(
                name: "SettlementReceiptId",
                table: "approvals",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "StandingRuleId",
                table: "approvals",
                type: "TEXT",
                nullable: true);

            // What was asked before payloads could be edited is what would run; the first operator keeps the say over rules.
            migrationBuilder.Sql("UPDATE approvals SET AskedSha256 = PayloadSha256, Facts = '{}', PayloadVersion = 1;");
            migrationBuilder.Sql("UPDATE operators SET Groups = 'admins' WHERE OperatorId = (SELECT MIN(OperatorId) FROM operators);");

            migrationBuilder.CreateTable(
                name: "approval_payloads",
                columns: table => new
                {
                    ApprovalId = table.Column<string>(type: "TEXT", nullable: false),
                    Number = table.Column<int>(type: "INTEGER", nullable: false),
                    Payload = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Sha256 = table.Column<string>(type: "TEXT", nullable: false),
                    BySubject = table.Column<string>(type: "TEXT", nullable: false),
                    ByName = table.Column<string>(type: "TEXT", nullable: false),
                    At = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_approval_payloads", x => new { x.ApprovalId, x.Number });
                });

            migrationBuilder.CreateTable(
                name: "approval_rules",
                columns: table => new
                {
                    RuleId = table.Column<string>(type: "TEXT", nullable: false),
                    Text = table.Column<string>(type: "TEXT", maxLength: 600, nullable: false),
                    CreatedBySubject = table.Column<string>(type: "TEXT", nullable: false),
                    CreatedByName = table.Column<string>(type: "TEXT", nullable: false),
                    CreatedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    RemovedAt = table.Column<long>(type: "INTEGER", nullable: true),
                    RemovedByName = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_approval_rules", x => x.RuleId);
                });

            migrationBuilder.CreateTable(
                name: "approval_votes",
                columns: table => new
                {
                    VoteId = table.Column<string>(type: "TEXT", nullable: false),
                    ApprovalId = table.Column<string>(type: "TEXT", nullable: false),
                    PayloadSha256 = table.Column<string>(type: "TEXT", nullable: false),
                    Subject = table.Column<string>(type: "TEXT", nullable: false),
                    By = table.Column<string>(type: "TEXT", nullable: false),
                    Name = table.Column<string>(type: "TEXT", nullable: false),
                    At = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_approval_votes", x => x.VoteId);
                });

            migrationBuilder.CreateTable(
                name: "freezes",
                columns: table => new
                {
                    FreezeId = table.Column<string>(type: "TEXT", nullable: false),
                    FrozenAt = table.Column<long>(type: "INTEGER", nullable: false),
                    FrozenBySubject = table.Column<string>(type: "TEXT", nullable: false),
                    FrozenByName = table.Column<string>(type: "TEXT", nullable: false),
                    Reason = table.Column<string>(type: "TEXT", nullable: false),
                    LiftedAt = table.Column<long>(type: "INTEGER", nullable: true),
                    LiftedBySubject = table.Column<string>(type: "TEXT", nullable: false),
                    LiftedByName = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_freezes", x => x.FreezeId);
                });

            migrationBuilder.CreateTable(
                name: "standing_rules",
                columns: table => new
                {
                    StandingRuleId = table.Column<string>(type: "TEXT", nullable: false),
                    AgentSubject = table.Column<string>(type: "TEXT", nullable: false),
                    AgentName = table.Column<string>(type: "TEXT", nullable: false),
                    Tool = table.Column<string>(type: "TEXT", nullable: false),
                    Target = table.Column<string>(type: "TEXT", nullable: false),
                    Arguments = table.Column<string>(type: "TEXT", nullable: false),
                    CreatedBySubject = table.Column<string>(type: "TEXT", nullable: false),
                    CreatedByName = table.Column<string>(type: "TEXT", nullable: false),
                    CreatedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    ExpiresAt = table.Column<long>(type: "INTEGER", nullable: false),
                    MaxUses = table.Column<int>(type: "INTEGER", nullable: false),
                    Uses = table.Column<int>(type: "INTEGER", nullable: false),
                    EndedAt = table.Column<long>(type: "INTEGER", nullable: true),
                    EndedByName = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_standing_rules", x => x.StandingRuleId);
                });

            migrationBuilder.CreateTable(
                name: "webhook_deliveries",
                columns: table => new
                {
                    Sequence = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    DeliveryId = table.Column<string>(type: "TEXT", nullable: false),
                    TargetKey = table.Column<string>(type: "TEXT", nullable: false),
                    TargetHost = table.Column<string>(type: "TEXT", nullable: false),
                    Type = table.Column<string>(type: "TEXT", nullable: false),
                    ApprovalId = table.Column<string>(type: "TEXT", nullable: true),
                    Body = table.Column<string>(type: "TEXT", nullable: false),
                    State = table.Column<string>(type: "TEXT", nullable: false),
                    Attempts = table.Column<int>(type: "INTEGER", nullable: false),
                    NextAt = table.Column<long>(type: "INTEGER", nullable: false),
                    LastStatus = table.Column<int>(type: "INTEGER", nullable: true),
                    LastError = table.Column<string>(type: "TEXT", nullable: true),
                    LastAt = table.Column<long>(type: "INTEGER", nullable: true),
                    CreatedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    DeliveredAt = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_webhook_deliveries", x => x.Sequence);
                });

            migrationBuilder.CreateIndex(
                name: "IX_approvals_RequesterSubject_IdempotencyKey",
                table: "approvals",
                columns: new[] { "RequesterSubject", "IdempotencyKey" },
                unique: true,
                filter: "\"IdempotencyKey\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_approvals_RequesterSubject_Tool_AskedSha256",
                table: "approvals",
                columns: new[] { "RequesterSubject", "Tool", "AskedSha256" });

            migrationBuilder.CreateIndex(
                name: "IX_approvals_State_ApprovalId",
                table: "approvals",
                columns: new[] { "State", "ApprovalId" });

            migrationBuilder.CreateIndex(
                name: "IX_approvals_Tool_ApprovalId",
                table: "approvals",
                columns: new[] { "Tool", "ApprovalId" });

            migrationBuilder.CreateIndex(
                name: "IX_approval_rules_RemovedAt",
                table: "approval_rules",
                column: "RemovedAt");

            migrationBuilder.CreateIndex(
                name: "IX_approval_votes_ApprovalId_PayloadSha256_Subject",
                table: "approval_votes",
                columns: new[] { "ApprovalId", "PayloadSha256", "Subject" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_freezes_LiftedAt",
                table: "freezes",
                column: "LiftedAt");

            migrationBuilder.CreateIndex(
                name: "IX_standing_rules_AgentSubject_Tool_ExpiresAt",
                table: "standing_rules",
                columns: new[] { "AgentSubject", "Tool", "ExpiresAt" });

            migrationBuilder.CreateIndex(
                name: "IX_webhook_deliveries_DeliveryId",
                table: "webhook_deliveries",
                column: "DeliveryId",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_webhook_deliveries_State_TargetKey_Sequence",
                table: "webhook_deliveries",
                columns: new[] { "State", "TargetKey", "Sequence" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "approval_payloads");

            migrationBuilder.DropTable(
                name: "approval_rules");

            migrationBuilder.DropTable(
                name: "approval_votes");

            migrationBuilder.DropTable(
                name: "freezes");

            migrationBuilder.DropTable(
                name: "standing_rules");

            migrationBuilder.DropTable(
                name: "webhook_deliveries");

            migrationBuilder.DropIndex(
                name: "IX_approvals_RequesterSubject_IdempotencyKey",
                table: "approvals");

            migrationBuilder.DropIndex(
                name: "IX_approvals_RequesterSubject_Tool_AskedSha256",
                table: "approvals");

            migrationBuilder.DropIndex(
                name: "IX_approvals_State_ApprovalId",
                table: "approvals");

            migrationBuilder.DropIndex(
                name: "IX_approvals_Tool_ApprovalId",
                table: "approvals");

            migrationBuilder.DropColumn(
                name: "Groups",
                table: "operators");

            migrationBuilder.DropColumn(
                name: "AskedSha256",
                table: "approvals");

            migrationBuilder.DropColumn(
                name: "ClosedByName",
                table: "approvals");

            migrationBuilder.DropColumn(
                name: "ClosedBySubject",
                table: "approvals");

            migrationBuilder.DropColumn(
                name: "EditedByName",
                table: "approvals");

            migrationBuilder.DropColumn(
                name: "Facts",
                table: "approvals");

            migrationBuilder.DropColumn(
                name: "Held",
                table: "approvals");

            migrationBuilder.DropColumn(
                name: "IdempotencyKey",
                table: "approvals");

            migrationBuilder.DropColumn(
                name: "Looks",
                table: "approvals");

            migrationBuilder.DropColumn(
                name: "NextLookAt",
                table: "approvals");

            migrationBuilder.DropColumn(
                name: "PayloadVersion",
                table: "approvals");

            migrationBuilder.DropColumn(
                name: "Policy",
                table: "approvals");

            migrationBuilder.DropColumn(
                name: "Session",
                table: "approvals");

            migrationBuilder.DropColumn(
                name: "SettlementReceiptId",
                table: "approvals");

            migrationBuilder.DropColumn(
                name: "StandingRuleId",
                table: "approvals");

            migrationBuilder.CreateIndex(
                name: "IX_approvals_RequesterSubject_Tool_PayloadSha256",
                table: "approvals",
                columns: new[] { "RequesterSubject", "Tool", "PayloadSha256" });
        }
    }
}
