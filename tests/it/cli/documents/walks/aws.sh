# The blocks for an account on AWS, on a stand-in whose restore copies the table as it is.

CAPI_METADATA_STORE=dynamodb CAPI_TABLE_NAME=capi-mainnet CAPI_REGION=$AWS_REGION \
    CAPI_DB_URL="${AWS_ENDPOINT_URL/\/\////any:any@}" "$CAPI" admin create-tables

block 'OLD=' >restored.txt
for table in "$NEW" "$NEW-state"; do
    aws dynamodb describe-table --table-name "$table" | grep -q '"DeletionProtectionEnabled": true'
    aws dynamodb describe-continuous-backups --table-name "$table" | grep -q '"PointInTimeRecoveryStatus": "ENABLED"'
done
aws dynamodb describe-time-to-live --table-name "$NEW-state" | grep -q '"AttributeName": "expires"'

block 'aws kms create-key' >key.txt
grep -q '"KeySpec": "ECC_SECG_P256K1"' key.txt
