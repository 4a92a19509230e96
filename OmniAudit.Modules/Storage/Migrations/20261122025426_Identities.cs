using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace OmniAudit.Modules.Storage.Migrations
{
    /// <inheritdoc />
    public partial class Identities : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "Issuer",
                table: "operators",
                type: "TEXT",
                maxLength: 400,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "IssuerSubject",
                table: "operators",
                type: "TEXT",
                maxLength: 255,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Role",
                table: "operators",
                type: "TEXT",
                maxLength: 16,
                nullable: false,
                defaultValue: "approver");

            migrationBuilder.AddColumn<int>(
                name: "CallsPerMinute",
                table: "agents",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Hosts",
                table: "agents",
                type: "TEXT",
                maxLength: 4000,
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<bool>(
                name: "ReadOnly",
                table: "agents",
                type: "INTEGER",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<string>(
                name: "Repositories",
                table: "agents",
                type: "TEXT",
                maxLength: 4000,
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<string>(
                name: "ToolSets",
                table: "agents",
                type: "TEXT",
                maxLength: 4000,
                nullable: false,
                defaultValue: "");

            migrationBuilder.CreateIndex(
                name: "IX_operators_Issuer_IssuerSubject",
                table: "operators",
                columns: new[] { "Issuer", "IssuerSubject" },
                unique: true);

            // Everybody could decide; who changed the rules goes on doing so.
            migrationBuilder.Sql("UPDATE operators SET Role = 'admin' WHERE ',' || Groups || ',' LIKE '%,admins,%'");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_operators_Issuer_IssuerSubject",
                table: "operators");

            migrationBuilder.DropColumn(
                name: "Issuer",
                table: "operators");

            migrationBuilder.DropColumn(
                name: "IssuerSubject",
                table: "operators");

            migrationBuilder.DropColumn(
                name: "Role",
                table: "operators");

            migrationBuilder.DropColumn(
                name: "CallsPerMinute",
                table: "agents");

            migrationBuilder.DropColumn(
                name: "Hosts",
                table: "agents");

            migrationBuilder.DropColumn(
                name: "ReadOnly",
                table: "agents");

            migrationBuilder.DropColumn(
                name: "Repositories",
                table: "agents");

            migrationBuilder.DropColumn(
                name: "ToolSets",
                table: "agents");
        }
    }
}
