-- The accounts and pool users that are to be matched. What is folded or read, such as phone numbers, comes from package
-- profile, for both alike.
CREATE TEMPORARY TABLE link_pool (
    line            bigint NOT NULL,
    cognito_id      varchar COLLATE "C" NOT NULL,
    username        varchar COLLATE "C",
    folded_username varchar COLLATE "C",
    phone_number    varchar COLLATE "C",
    folded_email    varchar COLLATE "C",
    account         bigint,
    unconfirmed     boolean NOT NULL
);
CREATE TEMPORARY TABLE link_accounts (
    account         bigint NOT NULL,
    cognito_id      varchar COLLATE "C" NOT NULL,
    username        varchar COLLATE "C",
    folded_username varchar COLLATE "C",
    phone_number    varchar COLLATE "C",
    folded_email    varchar COLLATE "C",
    given           varchar COLLATE "C"
);
